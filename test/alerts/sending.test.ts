import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { doctor } from '../../src/commands/doctor.ts'
import { headlines, openAlertChannel } from '../support/alert-channel.ts'
import { openReceiver } from '../support/channel-receiver.ts'
import { runCommand } from '../support/run-command.ts'
import { startTestApp, type TestApp, webhooksOnly } from '../support/start-test-app.ts'
import { until } from '../support/until.ts'
import { deliver, eventBody, sign } from '../support/webhooks.ts'

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const deadLettersFire = 'FIRING (warning) CountinghouseDeadLetters'
const deadLettersOver = 'OVER CountinghouseDeadLetters'
const logged = z.object({ msg: z.string() })

/** The service on a clock that the test moves. Stripe's API is not there, so that no sync job succeeds. */
async function openService(environment: Readonly<Record<string, string>>, folder?: string) {
  const clock = { now: Date.UTC(2026, 5, 1, 12) }
  const app = await startTestApp({
    environment: { ...webhooksOnly, CHANNEL_PRINT: 'console:', ...environment },
    dependencies: { now: () => clock.now },
    ...(folder === undefined ? {} : { folder }),
  })
  return {
    app,
    clock,
    /** Lets time pass and the alerter look; the first look may join one that began before. */
    pass: async (waitMs: number) => {
      clock.now += waitMs
      await app.alerts?.look()
      await app.alerts?.look()
    },
    /** Makes a dead letter. */
    sendUnreadable: async (id: string) => {
      const body = eventBody('payment_intent.succeeded', { id, object: { amount_received: 'x' } })
      const timestamp = Math.floor(clock.now / 1000)
      const answer = await deliver(app.apiUrl, body, sign(body, { timestamp }))
      expect(await answer.json()).toMatchObject({ outcome: 'dead_letter' })
    },
    dismiss: (id: string) => app.call('POST', `/v1/dead-letters/${id}/dismiss`),
  }
}

/** What a command beside the service is started with. */
function settingsOf({ environment, folder }: TestApp) {
  return { ...environment, DATABASE_URL: `sqlite:${join(folder, 'ledger.db')}` }
}

/** How often a line is in the log. */
function countLogged({ logLines }: TestApp, text: string): number {
  return logLines.filter((line) => logged.parse(JSON.parse(line)).msg.includes(text)).length
}

async function attemptsOf({ metricsUrl }: TestApp): Promise<Record<string, number>> {
  const page = await (await fetch(metricsUrl)).text()
  const series = /^countinghouse_alert_messages_total\{outcome="(\w+)"\} (\d+)/gm
  return Object.fromEntries(
    [...page.matchAll(series)].map(([, name, count]) => [name, Number(count)]),
  )
}

describe('the messages of the alerter', () => {
  test('say what is wrong, what to do and where, without the address of the channel', async () => {
    const channel = await openAlertChannel()
    const { app, pass, sendUnreadable } = await openService({
      ALERT_CHANNEL: channel.address,
      PUBLIC_URL: 'https://pay.example.com',
    })
    await sendUnreadable('evt_1')
    await pass(0)
    expect(channel.texts).toEqual([
      expect.stringMatching(
        /^countinghouse, test mode, ledger [\da-f]{8}\n\nFIRING \(warning\) CountinghouseDeadLetters: There are dead letters\. Since 2026-06-01T12:00:00Z\.\nEvents or objects .*: 1\. They .*\nWhat to do: Read their reasons, .*\nhttps:\/\/pay\.example\.com\/dead-letters$/,
      ),
    ])
    expect(app.logLines.join('')).not.toContain('alert-path-canary')
  })

  test('come at most once a minute: what fires together is in one message', async () => {
    const channel = await openAlertChannel()
    const { pass, sendUnreadable, dismiss } = await openService({ ALERT_CHANNEL: channel.address })
    await pass(hourMs)
    await sendUnreadable('evt_1')
    await pass(10 * minuteMs)
    expect(channel.texts.map(headlines)).toEqual([
      [
        'FIRING (warning) CountinghouseSweepLate',
        'FIRING (warning) CountinghouseReconcileLate',
        deadLettersFire,
      ],
    ])
    await dismiss('evt_1')
    for (let second = 0; second < 45; second += 15) await pass(15_000)
    expect(channel.texts).toHaveLength(1)
    await pass(15_000)
    expect(channel.texts.slice(1).map(headlines)).toEqual([[deadLettersOver]])
  })

  test('do not tell of an end that did not last', async () => {
    const channel = await openAlertChannel()
    const { pass, sendUnreadable, dismiss } = await openService({ ALERT_CHANNEL: channel.address })
    await sendUnreadable('evt_1')
    await pass(0)
    await dismiss('evt_1')
    await pass(15_000)
    await sendUnreadable('evt_2')
    await pass(minuteMs)
    await pass(minuteMs)
    expect(channel.texts.flatMap(headlines)).toEqual([deadLettersFire])
    await dismiss('evt_2')
    await pass(minuteMs)
    expect(channel.texts.flatMap(headlines)).toEqual([deadLettersFire, deadLettersOver])
  })

  test('are signed for a generic receiver and say what they are', async () => {
    const receiver = await openReceiver()
    const { pass, sendUnreadable } = await openService({ ALERT_CHANNEL: receiver.address })
    await sendUnreadable('evt_1')
    await pass(0)
    expect([...receiver.taken.values()].map((body) => JSON.parse(body))).toEqual([
      {
        type: 'countinghouse.alert',
        timestamp: '2026-06-01T12:00:00.000Z',
        data: {
          message_id: expect.stringMatching(/^alert_[\da-f]{32}$/),
          text: expect.stringContaining(deadLettersFire),
          alerts: [
            {
              name: 'CountinghouseDeadLetters',
              severity: 'warning',
              state: 'firing',
              fired_at: '2026-06-01T12:00:00Z',
              over_at: null,
            },
          ],
        },
      },
    ])
  })

  test('are no posts: they are in no list, have no facts and are not counted', async () => {
    const { app, pass, sendUnreadable } = await openService({ ALERT_CHANNEL: 'console:' })
    await sendUnreadable('evt_1')
    await pass(0)
    expect(app.printed).toEqual([
      expect.stringMatching(/^alert alert_\w+: countinghouse, test mode/),
    ])
    expect(await (await app.call('GET', '/v1/posts')).json()).toMatchObject({ data: [] })
    expect(await (await app.call('GET', '/v1/facts')).json()).toMatchObject({ data: [] })
    const counters = await app.counters()
    expect(counters.get('marketing_posts_total')).toBe(0)
    expect(await attemptsOf(app)).toEqual({ sent: 1, retry: 0, failed: 0, unknown: 0 })
  })
})

describe('a channel that fails', () => {
  test.each([
    ['answers 500', 500, 'unknown'],
    ['answers 429', 429, 'retry'],
    ['breaks the connection', 'resets', 'unknown'],
  ] as const)(
    'and %s gets the same message a minute later, and is logged once and counted',
    async (_, end, outcome) => {
      const channel = await openAlertChannel()
      const { app, pass, sendUnreadable } = await openService({ ALERT_CHANNEL: channel.address })
      channel.willDo(end, end)
      await sendUnreadable('evt_1')
      await pass(0)
      await pass(45_000)
      expect(channel.requests).toHaveLength(1)
      await pass(15_000)
      await pass(minuteMs)
      await pass(minuteMs)
      expect(channel.requests).toHaveLength(3)
      expect(new Set(channel.requests).size).toBe(1)
      expect(channel.texts).toHaveLength(1)
      expect(countLogged(app, 'the alert channel did not take a message')).toBe(1)
      expect(countLogged(app, 'the alert channel takes messages again')).toBe(1)
      expect(await attemptsOf(app)).toMatchObject({ sent: 1, [outcome]: 2 })
    },
  )

  test('for good, such as a deleted webhook, is tried again after an hour, or at the next start', async () => {
    const channel = await openAlertChannel()
    const { app, clock, pass, sendUnreadable } = await openService({
      ALERT_CHANNEL: channel.address,
    })
    channel.willDo(404, 404)
    await sendUnreadable('evt_1')
    await pass(0)
    await pass(59 * minuteMs)
    expect(channel.requests).toHaveLength(1)
    const { text } = await runCommand(doctor, settingsOf(app), [], () => clock.now)
    expect(text).toMatch(
      /^BAD {2}alerts +ALERT_CHANNEL took no message at .*: the channel answered 404/m,
    )
    await pass(minuteMs)
    expect(channel.requests).toHaveLength(2)
    await app.stop()
    const next = await openService({ ALERT_CHANNEL: channel.address }, app.folder)
    await next.pass(2 * hourMs)
    expect(channel.texts.flatMap(headlines)).toEqual([deadLettersFire])
    expect(new Set(channel.requests).size).toBe(1)
  })

  test('and hangs holds up neither the service nor its stop, and gets the message after the next start', async () => {
    const channel = await openAlertChannel()
    const { app, clock, sendUnreadable } = await openService({ ALERT_CHANNEL: channel.address })
    channel.willDo('hangs')
    await sendUnreadable('evt_1')
    void app.alerts?.look()
    await until('the first attempt', () => channel.requests.length === 1)
    await sendUnreadable('evt_2')
    expect((await app.call('GET', '/readyz')).status).toBe(200)
    await app.stop()
    expect(countLogged(app, 'could not be stopped')).toBe(0)
    const next = await openService({ ALERT_CHANNEL: channel.address }, app.folder)
    next.clock.now = clock.now
    await next.pass(minuteMs)
    await next.pass(minuteMs)
    expect(channel.texts).toEqual(channel.requests.slice(0, 1))
    expect(channel.requests).toHaveLength(2)
  })
})

test('`doctor --test-alert` posts a test message, and says why where it cannot', async () => {
  const channel = await openAlertChannel()
  const { app, clock } = await openService({ ALERT_CHANNEL: channel.address })
  const run = async (environment: Readonly<Record<string, string>>) =>
    (
      await runCommand(
        doctor,
        { ...settingsOf(app), ...environment },
        ['--test-alert'],
        () => clock.now,
      )
    ).text
  expect(await run({})).toMatch(
    /^ok +test alert +the slack-compatible channel confirmed a test message$/m,
  )
  expect(channel.texts).toEqual([expect.stringContaining('This is a test by')])
  channel.willDo(404)
  expect(await run({})).toMatch(
    /^BAD +test alert +the slack-compatible channel took no test message: the channel answered 404/m,
  )
  expect(await run({ ALERT_CHANNEL: '' })).toMatch(/^BAD +test alert +set ALERT_CHANNEL/m)
})

test('an address that no channel takes stops the start, and is not repeated', async () => {
  const starting = startTestApp({ environment: { ALERT_CHANNEL: 'ftp://secret.example.com' } })
  await expect(starting).rejects.toMatchObject({
    code: 'invalid_settings',
    message: expect.stringMatching(/^(?!.*secret\.example).*ALERT_CHANNEL: use console:/s),
  })
})
