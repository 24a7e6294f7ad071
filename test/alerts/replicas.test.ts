import { expect, test } from 'vitest'
import { headlines, openAlertChannel } from '../support/alert-channel.ts'
import { temporaryDatabase, withClient } from '../support/postgres.ts'
import { startTestApp, type TestApp, webhooksOnly } from '../support/start-test-app.ts'
import { until } from '../support/until.ts'
import { deliver, eventBody } from '../support/webhooks.ts'

/** Replicas on one PostgreSQL, of which messages may come as fast as they can. */
async function openReplicas(count: number) {
  const channel = await openAlertChannel()
  const url = await temporaryDatabase()
  const start = () =>
    startTestApp({
      environment: { ...webhooksOnly, DATABASE_URL: url, ALERT_CHANNEL: channel.address },
      dependencies: { limits: { alertEveryMs: 0 } },
    })
  const apps: TestApp[] = []
  for (let number = 0; number < count; number += 1) apps.push(await start())
  return { channel, url, apps, start }
}

/** All replicas look at the same time, several times. */
async function lookTogether(apps: readonly TestApp[]): Promise<void> {
  for (let round = 0; round < 5; round += 1)
    await Promise.all(apps.map(({ alerts }) => alerts?.look()))
}

async function isLeader({ metricsUrl }: TestApp): Promise<boolean> {
  return (await (await fetch(metricsUrl)).text()).includes('countinghouse_is_leader 1')
}

test('three replicas post an alert once, a new leader does not repeat it, and posts its end once', async () => {
  const { channel, apps } = await openReplicas(3)
  const [first, ...others] = apps
  if (first === undefined) throw new Error('a replica was started')
  const body = eventBody('payment_intent.succeeded', {
    id: 'evt_1',
    object: { amount_received: 'x' },
  })
  expect((await deliver(first.apiUrl, body)).status).toBe(200)
  await until('the alert', async () => {
    await lookTogether(apps)
    return channel.texts.length > 0
  })
  await first.stop()
  await until('another leader', async () =>
    (await Promise.all(others.map(isLeader))).includes(true),
  )
  await lookTogether(others)
  expect(channel.texts.flatMap(headlines)).toEqual(['FIRING (warning) CountinghouseDeadLetters'])
  await others[0]?.call('POST', '/v1/dead-letters/evt_1/dismiss')
  await lookTogether(others)
  expect(channel.texts.flatMap(headlines)).toEqual([
    'FIRING (warning) CountinghouseDeadLetters',
    'OVER CountinghouseDeadLetters',
  ])
})

/** Three replicas without a leader, because the series has ended, which has been so for long enough to be told. */
async function openEnded() {
  const { channel, url, apps } = await openReplicas(3)
  const [first] = apps
  const body = eventBody('payment_intent.succeeded')
  expect((await deliver(first?.apiUrl ?? '', body)).status).toBe(200)
  await Promise.all(apps.map(({ metricsUrl }) => fetch(metricsUrl)))
  await withClient(url, (query) => query('update totals set total = 0'))
  await until('every replica to notice', async () => {
    const pages = await Promise.all(apps.map(({ metricsUrl }) => fetch(metricsUrl)))
    return pages.every(({ status }) => status === 503)
  })
  await lookTogether(apps)
  expect(channel.texts).toEqual([])
  const earlier =
    "update alerts set held_since = held_since - 120000 where name = 'CountinghouseSeriesEnded'"
  await withClient(url, (query) => query(earlier))
  return { channel, apps }
}

test('three replicas without a leader, because the series has ended, post that once', async () => {
  const { channel, apps } = await openEnded()
  await lookTogether(apps)
  expect(channel.texts.flatMap(headlines)).toEqual(['FIRING (critical) CountinghouseSeriesEnded'])
})

test('while one replica waits for the channel no other sends the message, however soon one may follow', async () => {
  const { channel, apps } = await openEnded()
  const [first, ...others] = apps
  channel.willDo('hangs')
  void first?.alerts?.look()
  await until('the message', async () => channel.requests.length > 0)
  await lookTogether(others)
  expect(channel.requests.flatMap(headlines)).toEqual([
    'FIRING (critical) CountinghouseSeriesEnded',
  ])
})
