import { describe, expect, it } from 'vitest'
import { startEmulator } from '../../src/emulator/start-emulator.ts'
import { startEmulatorProcess } from '../support/emulator-process.ts'
import { clientFor, openEmulator } from '../support/open-emulator.ts'
import { testStack } from '../support/test-stack.ts'

describe('the emulator', () => {
  it('as a process of its own loses nothing that it answered, even when killed', async () => {
    const { service, file, emulator, arrive } = await openEmulator()
    await emulator.stop()
    const stack = testStack()
    const flags = ['--file', file, '--webhook-url', `${service.url}/webhooks/stripe`]
    const first = await startEmulatorProcess(stack, flags)
    const { id } = await clientFor(first).customers.create({ name: 'answered' })
    await first.running.end('SIGKILL')
    const second = await startEmulatorProcess(stack, [
      ...flags,
      '--faults',
      '{"drop":1}',
      '--api-key',
      'key',
    ])
    expect(second).toMatchObject({ secretKey: first.secretKey, webhookSecret: first.webhookSecret })
    expect(await clientFor(second).customers.retrieve(id)).toMatchObject({ name: 'answered' })
    await arrive('customer.created')
    expect(await second.running.end('SIGTERM')).toBe(0)
  })

  it('reports that its port is in use, and releases its file', async () => {
    const { emulator } = await openEmulator()
    const port = Number(new URL(emulator.url).port)
    const again = startEmulator({
      host: '127.0.0.1',
      port,
      file: ':memory:',
      now: Date.now,
      log: () => {},
    })
    await expect(again).rejects.toMatchObject({ code: 'port_unavailable' })
  })

  it('holds webhooks back until it is connected', async () => {
    const { service, arrive } = await openEmulator()
    const lonely = await startEmulator({
      host: '127.0.0.1',
      port: 0,
      file: ':memory:',
      now: Date.now,
      log: () => {},
    })
    await clientFor(lonely).customers.create({ name: 'early' })
    expect(await (await fetch(lonely.url)).text()).toContain('not connected')
    const form = new URLSearchParams({ plan: 'starter' })
    const early = await fetch(`${lonely.url}/shop/checkout`, { method: 'POST', body: form })
    expect(await early.text()).toContain('not connected')
    lonely.connect({
      webhookUrl: `${service.url}/webhooks/stripe`,
      apiUrl: service.url,
      metricsUrl: `${service.url}/metrics`,
    })
    await arrive('customer.created')
    await lonely.stop()
  })
})
