import { createServer } from 'node:http'
import { readBody } from './read-body.ts'
import { addressOf, reportPort } from './report-port.ts'

/** Node's own server: reads the body and answers. Nothing is checked and nothing is kept. */
const server = createServer((request, response) => {
  readBody(request, () => {
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end('{"outcome":"recorded"}')
  })
})

server.listen(0, '127.0.0.1', () => reportPort(addressOf(server.address())))
