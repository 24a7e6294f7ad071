import { createServer } from 'node:net'
import { expect, onTestFinished, test, vi } from 'vitest'
import { runStopSteps } from '../../src/app/stop.ts'
import { startTestApp } from '../support/start-test-app.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

function createLog() {
  const failed: object[] = []
  const left: object[] = []
  return {
    failed,
    left,
    error: (fields: object) => void failed.push(fields),
    warn: (fields: object) => void left.push(fields),
  }
}

test('a stop step that fails is logged, the others still run, and the stop rejects at the end', async () => {
  const ran: string[] = []
  const log = createLog()
  const close = [
    ['the first', async () => ran.push('first')],
    ['the second', () => Promise.reject(new RangeError('it does not stop'))],
    ['the third', () => ran.push('third')],
  ] as const
  const stopped = runStopSteps({ drain: [], close }, log, 60_000)
  await expect(stopped).rejects.toThrow('it does not stop')
  expect(ran).toEqual(['first', 'third'])
  expect(log.failed).toEqual([
    expect.objectContaining({
      step: 'the second',
      error: expect.objectContaining({ name: 'RangeError' }),
    }),
  ])
})

test('steps that never end are abandoned, and the others still run', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
  onTestFinished(() => void vi.useRealTimers())
  const ran: string[] = []
  const log = createLog()
  const hang = () => new Promise<void>(() => undefined)
  const stopped = runStopSteps(
    {
      drain: [
        ['requests', hang],
        ['posts', async () => ran.push('posts')],
      ],
      close: [
        ['push', hang],
        ['lease', async () => ran.push('lease')],
        ['database', hang],
      ],
    },
    log,
    10_000,
  )
  await vi.advanceTimersByTimeAsync(10_000)
  await stopped
  expect(ran).toEqual(['posts', 'lease'])
  expect(log.left).toEqual([{ step: 'requests' }, { step: 'push' }, { step: 'database' }])
})

test('a start that fails leaves nothing behind: the ledger and the ports are free', async () => {
  const taken = createServer()
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void taken.close())
  const address = taken.address()
  const port = typeof address === 'object' ? String(address?.port) : ''
  const folder = temporaryFolder()
  const failing = startTestApp({ folder, environment: { EMULATOR_PORT: port } })
  await expect(failing).rejects.toMatchObject({ code: 'port_unavailable' })
  const app = await startTestApp({ folder })
  expect((await app.call('GET', '/readyz')).status).toBe(200)
})

test('two stop requests run one stop, and both wait for it', async () => {
  const app = await startTestApp()
  const first = app.stop()
  expect(app.stop()).toBe(first)
  await first
  await expect(fetch(`${app.apiUrl}/healthz`)).rejects.toThrow()
})
