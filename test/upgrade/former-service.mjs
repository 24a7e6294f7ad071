// The service of the version before the renames as a process, for make-fixture.mjs.
import { spawn } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as pause } from 'node:timers/promises'

const secret = Buffer.alloc(32, 7).toString('base64')
const anyKey = { authorization: 'Bearer sk_test_any' }

/** Receivers of posts: one refuses, one never answers; nobody listens on the address of the third. */
export async function startReceivers() {
  let onHung = () => undefined
  const server = createServer((request, response) => {
    if (request.url === '/refuses') response.writeHead(410).end()
    else onHung()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const base = `http://127.0.0.1:${server.address().port}`
  return {
    channels: {
      CHANNEL_CONSOLE: 'console:',
      CHANNEL_REFUSES: `${base}/refuses#whsec_${secret}`,
      CHANNEL_HANGS: `${base}/hangs#whsec_${secret}`,
      CHANNEL_AWAY: `http://127.0.0.1:9/#whsec_${secret}`,
    },
    hung: () =>
      new Promise((resolve) => {
        onHung = resolve
      }),
    stop: async () => {
      server.close()
      server.closeAllConnections()
    },
  }
}

/** Starts it in the folder, where it makes its `data`. */
export async function startFormerService(baseline, folder, environment) {
  const node = join(baseline, 'node_modules', '.bin', 'node')
  const child = spawn(node, [join(baseline, 'src', 'start.mjs')], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      PATH: process.env.PATH,
      PORT: '0',
      SANDBOX_PORT: '0',
      OTEL_EXPORTER_PROMETHEUS_PORT: '0',
      ...environment,
    },
  })
  const exited = once(child, 'exit')
  for await (const line of createInterface({ input: child.stdout })) {
    if (!line.includes('"msg":"ready"')) continue
    child.stdout.resume()
    return handle(JSON.parse(line), folder, async () => {
      child.kill('SIGKILL')
      await exited
    })
  }
  throw new Error('the former service did not start')
}

function handle({ api, metrics, shop }, folder, kill) {
  const read = (path) => json(fetch(api + path))
  const send = (method, path, body = {}) =>
    json(fetch(api + path, { method, headers: jsonHeaders, body: JSON.stringify(body) }))
  const form = (url, fields, headers = {}) =>
    fetch(url, { method: 'POST', redirect: 'manual', headers, body: new URLSearchParams(fields) })
  const listed = async (path) =>
    (await json(fetch(`${shop}/v1/${path}?limit=100`, { headers: anyKey }))).data
  const control = (path, body) =>
    json(fetch(`${shop}/sandbox/${path}`, { method: 'POST', body: JSON.stringify(body) }))
  const readSeries = async () => {
    const page = await (await fetch(metrics)).text()
    return Object.fromEntries(
      [...page.matchAll(/^((?:marketing|billing)_\S+) (\d+)$/gm)].map(([, name, value]) => [
        name,
        Number(value),
      ]),
    )
  }
  return {
    kill,
    post: (path, body) => send('POST', path, body),
    patch: (path, body) => send('PATCH', path, body),
    checkout: async (plan) => (await send('POST', '/v1/checkout-sessions', { plan })).id,
    pay: (id, action) => form(`${shop}/pay/${id}`, { action }),
    payments: async () =>
      (await listed('charges'))
        .filter(({ status }) => status === 'succeeded')
        .map(({ payment_intent: id, amount_refunded }) => ({ id, amount_refunded })),
    refund: async (id, amount) => {
      const fields = { payment_intent: id, ...(amount === undefined ? {} : { amount }) }
      return json(form(`${shop}/v1/refunds`, fields, anyKey))
    },
    bulk: (outcome) => control('payments', { count: 1, outcome }),
    fail: (faults) => control('faults', faults),
    /** A webhook that is signed and about a payment that it does not name. */
    sendUnreadable: async () => {
      const created = Math.floor(Date.now() / 1000)
      const body = JSON.stringify({
        id: 'evt_unreadable',
        object: 'event',
        type: 'payment_intent.succeeded',
        created,
        livemode: false,
        data: { object: { object: 'payment_intent', created } },
      })
      const key = readSecret(folder)
      const signature = createHmac('sha256', key).update(`${created}.${body}`).digest('hex')
      const answer = await fetch(`${api}/webhooks/stripe`, {
        method: 'POST',
        headers: { ...jsonHeaders, 'stripe-signature': `t=${created},v1=${signature}` },
        body,
      })
      if (answer.status !== 200) throw new Error(`the webhook was answered ${answer.status}`)
    },
    untilPost: async (campaign, state) => {
      const posts = () => read(`/v1/campaigns/${campaign}/posts`)
      while (!(await posts()).data.some((post) => post.state === state)) await pause(200)
    },
    /** Resolves when all webhooks have arrived, and the rounds that a start begins with are done. */
    rest: async () => {
      while ((await json(fetch(`${shop}/sandbox/deliveries`))).pending > 0) await pause(100)
      await pause(4_000)
    },
    look: () => look(read, listed, readSeries),
  }
}

async function look(read, listed, readSeries) {
  const series = await readSeries()
  const { series_id: seriesId, account, genesis, data } = await read('/v1/totals')
  const campaigns = (await read('/v1/campaigns?limit=100')).data
  const lists = campaigns.map(({ id }) => read(`/v1/campaigns/${id}/posts?limit=100`))
  const posts = (await Promise.all(lists)).flatMap((list) => list.data)
  const payments = await listed('payment_intents')
  return {
    series,
    seriesId,
    account,
    genesis,
    totals: data,
    facts: (await read('/v1/facts?limit=100')).data,
    campaigns: campaigns.map(({ id, name, cron, channel, paused }) => ({
      ...{ id, name, cron, channel, paused },
    })),
    posts: posts.map(({ id, state, text, reason }) => ({ id, state, text, reason })),
    payments: payments.map(({ id, status, amount }) => ({ id, status, amount })),
  }
}

const jsonHeaders = { 'content-type': 'application/json' }

async function json(answer) {
  const response = await answer
  const text = await response.text()
  if (!response.ok) throw new Error(`${response.url}: ${response.status} ${text}`)
  return JSON.parse(text)
}

function readSecret(folder) {
  for (const name of ['sandbox.db.stripe', 'stripe-sandbox.db'])
    try {
      const store = new DatabaseSync(join(folder, 'data', name), { readOnly: true })
      const row = store.prepare("select value from meta where key = 'webhook_secret'").get()
      store.close()
      return row.value
    } catch {}
  throw new Error('there is no store')
}
