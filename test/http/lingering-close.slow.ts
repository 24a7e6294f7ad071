import { once } from 'node:events'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { expect, it } from 'vitest'
import { startTestApp } from '../support/start-test-app.ts'

it('a caller who stops in the middle of a refused body is disconnected', async () => {
  const app = await startTestApp({ environment: { API_KEYS: 'a-key-0123456789' } })
  const { port, hostname } = new URL(app.apiUrl)
  for (const framing of ['content-length: 100', 'transfer-encoding: chunked']) {
    const socket = connect({ port: Number(port), host: hostname, allowHalfOpen: true })
    await once(socket, 'connect')
    socket.write(`POST /v1/campaigns HTTP/1.1\r\nhost: 127.0.0.1\r\n${framing}\r\n\r\n2`)
    expect(await text(socket)).toMatch(/^HTTP\/1.1 401 /)
    socket.destroy()
  }
})
