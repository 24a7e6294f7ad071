import { expect, test, vi } from 'vitest'
import { z } from 'zod'
import { openEventStream } from '../../support/event-stream.ts'
import { arrival, follow, keysOf, pay, startReplica } from '../../support/fact-stream.ts'
import { engines } from '../../support/open-test-ledger.ts'
import { temporaryDatabase, withClient } from '../../support/postgres.ts'
import { startTestApp, webhooksOnly } from '../../support/start-test-app.ts'

test.each(engines)('each fact is an event with its data, on %s', async (engine) => {
  const app = await startTestApp({
    environment: {
      ...webhooksOnly,
      ...(engine === 'postgres' ? { DATABASE_URL: await temporaryDatabase() } : {}),
    },
  })
  await pay(app, 'pi_before')
  const stream = await follow(app)
  expect(Object.fromEntries(stream.response.headers)).toMatchObject({
    'content-type': 'text/event-stream',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  })
  const keys = [await pay(app, 'pi_1'), await pay(app, 'pi_2')]
  await vi.waitFor(() => expect(keysOf(stream)).toEqual(keys), arrival)
  const listed = await app.call('GET', `/v1/facts?key=${keys[0]}`)
  const { data } = z.object({ data: z.array(z.unknown()) }).parse(await listed.json())
  expect(JSON.parse(stream.events[0]?.data ?? '')).toEqual(data[0])
  expect(stream.events[0]?.event).toBe('fact')
})

test('a fact that is committed behind later ones is delivered, live and after a reconnect', async () => {
  const url = await temporaryDatabase()
  const app = await startReplica(url)
  await pay(app, 'pi_first')
  const [stream, watching] = [await follow(app), await follow(app)]
  let later = ''
  await withClient(url, async (query) => {
    await query('begin')
    await query(`insert into facts select 'payment:success:pi_late', counter, label, occurred_at,
      ${Date.now()}, source, evidence, amount_minor, currency from facts limit 1`)
    await new Promise((resolve) => setTimeout(resolve, 5))
    later = await pay(app, 'pi_later')
    await vi.waitFor(() => expect(keysOf(stream)).toEqual([later]), arrival)
    stream.kill()
    await query(`insert into totals (counter, label, shard, total)
      values ('billing_payments_total', 'success', 99, 1)`)
    await query('commit')
  })
  const late = 'payment:success:pi_late'
  await vi.waitFor(() => expect(keysOf(watching)).toContain(late), arrival)
  const resumed = await follow(app, stream.lastEventId())
  await vi.waitFor(() => expect(keysOf(resumed)).toContain(late), arrival)
})

test('a stream begins in the past if it is asked to', async () => {
  const app = await startTestApp({ environment: webhooksOnly })
  const keys = [await pay(app, 'pi_1'), await pay(app, 'pi_2')]
  const since = await openEventStream(
    `${app.apiUrl}/v1/facts/stream?recorded_after=${new Date(Date.now() - 60_000).toISOString()}`,
  )
  await vi.waitFor(() => expect(keysOf(since)).toEqual(keys), arrival)
})

test('a stop ends every open stream and waits for none', async () => {
  const app = await startTestApp({ environment: { ...webhooksOnly, SHUTDOWN_TIMEOUT: '60s' } })
  const stream = await follow(app)
  await app.stop()
  await stream.ended
  expect(stream.text()).toContain('retry: ')
  expect(app.logLines.join()).not.toContain('did not stop in time')
})

test('beyond a hundred streams the answer is 503 until one ends', async () => {
  const app = await startTestApp({ environment: webhooksOnly })
  const streams = await Promise.all(Array.from({ length: 100 }, () => follow(app)))
  expect(streams.map(({ response }) => response.status)).toEqual(Array(100).fill(200))
  const refused = await app.call('GET', '/v1/facts/stream')
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1'])
  expect(await refused.json()).toMatchObject({ type: 'urn:countinghouse:problem:overloaded' })
  expect((await app.call('HEAD', '/v1/facts/stream')).status).toBe(200)
  streams[0]?.kill()
  await vi.waitFor(async () => {
    const next = await follow(app)
    next.kill()
    expect(next.response.status).toBe(200)
  }, arrival)
})

test('an id that is none of ours is refused', async () => {
  const app = await startTestApp({ environment: webhooksOnly })
  const { response } = await follow(app, 'payment:success:pi_1')
  expect(response.status).toBe(400)
  expect(await response.json()).toMatchObject({
    errors: [{ in: 'header', path: 'last-event-id' }],
  })
})
