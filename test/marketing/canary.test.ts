import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it, vi } from 'vitest'
import { openService, type ServiceEnd } from '../support/fake-channels.ts'
import { startOtlpReceiver } from '../support/otlp-receiver.ts'
import { runToFailure } from '../support/run-service.ts'
import { profiles } from '../support/service-profiles.ts'
import { startAppWithStripe } from '../support/start-test-app.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { deliver, eventBody } from '../support/webhooks.ts'

const names = Object.keys(profiles).map((name) => name.toLowerCase())
const all = Object.values(profiles)

/** The services of all channels behind one fetch; each echoes the secret that it was called with. */
async function openServices(): Promise<typeof fetch> {
  const byHost = new Map<string, typeof fetch>()
  for (const profile of all) {
    const service = await openService(profile)
    const echo = profile.secrets.join(' ')
    const ends: readonly ServiceEnd[] = [
      { status: 400, body: JSON.stringify({ description: echo, message: echo }) },
      { status: 403, body: echo },
      { status: 500, body: echo },
      'resets',
      { status: 307, headers: { location: `http://127.0.0.1:1/${encodeURIComponent(echo)}` } },
      { status: 200, body: echo },
      profile.confirms,
      { status: 429, body: echo, headers: { 'retry-after': '600' } },
    ]
    service.willDo(...ends)
    const { hostname } = new URL(profile.address)
    byHost.set(
      profile.address.startsWith('telegram') ? 'api.telegram.org' : hostname,
      service.fetch,
    )
  }
  return (input, init) => {
    const to = byHost.get(new URL(String(input)).hostname)
    if (to !== undefined) return to(input, init)
    return Promise.reject(new TypeError(`fetch failed for ${String(input)}`))
  }
}

it('a secret of a channel is in nothing that a whole run wrote or sent, and no person is in its traces', async () => {
  const receiver = await startOtlpReceiver()
  const services = await openServices()
  const written: string[] = []
  const spies = [process.stdout, process.stderr].map((stream) =>
    vi.spyOn(stream, 'write').mockImplementation((chunk) => written.push(String(chunk)) > 0),
  )
  const addresses = all.map(({ address }, at) => [`CHANNEL_${names[at]?.toUpperCase()}`, address])
  const app = await startAppWithStripe({
    environment: {
      ...Object.fromEntries(addresses),
      CHANNEL_BROKEN: brokenAddress,
      API_KEYS: apiKey,
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
    },
    dependencies: { fetch: services },
  })
  const say = async (method: string, path: string, body?: unknown) => {
    const answer = await app.call(method, path, body, { authorization: `Bearer ${apiKey}` })
    const text = await answer.text()
    written.push(text, JSON.stringify([...answer.headers]))
    return JSON.parse(text)
  }
  for (const name of [...names, 'broken']) {
    const { id } = await say('POST', '/v1/campaigns', {
      name,
      messages: ['Our plans are out.'],
      cron: '0 0 1 1 *',
      channel: name,
    })
    for (let post = 0; post < 9; post += 1) await say('POST', `/v1/campaigns/${id}/posts`)
    await say('PATCH', `/v1/campaigns/${id}`, { channel: 'fax' })
    await say('PATCH', `/v1/campaigns/${id}`, { messages: ['{oops}'] })
    const { data } = await say('GET', `/v1/campaigns/${id}/posts`)
    for (const post of data)
      await say('POST', `/v1/campaigns/${id}/posts/${post.id}/resolve`, { as: 'sent' })
  }
  for (const path of ['/v1/campaigns', '/v1/facts', '/v1/totals', '/openapi.json', '/readyz'])
    await say('GET', path)
  for (const one of [person, { plan: person.customer_email }])
    await say('POST', `/v1/checkout-sessions?${query}`, one)
  await say('GET', `/v1/facts/${person.client_reference_id}?${query}`)
  const payment = { receipt_email: person.customer_email }
  const body = eventBody('payment_intent.succeeded', { object: payment })
  expect((await deliver(app.apiUrl, body)).status).toBe(200)
  expect((await deliver(app.apiUrl, body, query)).status).toBe(400)
  written.push(await (await fetch(app.metricsUrl)).text())
  await app.stop()
  for (const spy of spies) spy.mockRestore()
  const files = globSync(join(app.folder, '*')).filter((path) => !path.endsWith('.lock'))
  for (const path of files) written.push(readFileSync(path, 'latin1'))
  const sent = receiver.bodies.map(({ body }) => body.toString('latin1'))
  written.push(...app.logLines, ...app.printed, ...sent)

  const everything = written.join('\n')
  expect(files.length).toBeGreaterThan(0)
  for (const shown of ['post sent', 'post unknown', 'post put off', 'telegram:42', '[secret]'])
    expect(everything).toContain(shown)
  const found = [...all.flatMap(({ secrets }) => secrets), ...brokenSecrets].filter((secret) =>
    everything.includes(secret),
  )
  expect(found).toEqual([])

  for (const name of [
    ...['telegram', 'slack', 'discord', 'slack-compatible', 'generic'],
    'POST /v1/checkout-sessions',
    'POST /webhooks/stripe',
    'commit',
    'stripe checkout_sessions.create',
  ])
    expect(receiver.spans.some((span) => span.name.endsWith(name))).toBe(true)
  const traced = `${sent.join('\n')}\n${JSON.stringify(receiver.spans)}`
  const personal = [...Object.values(person), apiKey, ...query.split(/[=&]/), 'Our plans are out.']
  expect(personal.filter((one) => one !== person.plan && traced.includes(one))).toEqual([])
  // Shorter ones come about by chance in what is binary.
  const address = /[a-z.]{4,}@[a-z-]{4,}\.[a-z]{2,}/i
  expect(person.customer_email).toMatch(address)
  expect(traced).not.toMatch(address)
})

const apiKey = 'canary-key-of-an-operator'
const query = 'canary-name=canary-value&session_id=canary-session'
const person = {
  plan: 'starter',
  customer_email: 'canary.person@example.com',
  client_reference_id: 'canary-reference',
}

const brokenSecrets = ['canary-broken-path', Buffer.alloc(32, 5).toString('base64')]
const brokenAddress = `https://nowhere.invalid/${brokenSecrets[0]}#whsec_${brokenSecrets[1]}`

it('a refusal to start does not repeat an address', async () => {
  const { exitCode, errorText } = await runToFailure(temporaryFolder(), {
    CHANNEL_A: 'telegram://canary-token@1',
    CHANNEL_B: 'https://hooks.slack.com/canary-hook',
    CHANNEL_C: 'https://discord.com/canary-hook',
    CHANNEL_D: 'https://example.com/canary-hook#whsec_canary',
  })
  expect(exitCode).toBe(1)
  for (const name of ['CHANNEL_A', 'CHANNEL_B', 'CHANNEL_C', 'CHANNEL_D'])
    expect(errorText).toContain(name)
  expect(errorText).not.toContain('canary')
})
