// Makes test/upgrade/fixture from a checkout of the version before the renames (commit eda54f9 and
// earlier ones of 0.1.0). It was run once, and its result is committed:
//   git worktree add /tmp/baseline eda54f9 && (cd /tmp/baseline && npm ci)
//   node test/upgrade/make-fixture.mjs /tmp/baseline
// A real service of that version sells, refunds and posts on each engine, and is killed with work under way.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { brotliCompressSync } from 'node:zlib'
import { startPostgres } from '../support/postgres-server.ts'
import { dumpPostgres } from './dump-postgres.mjs'
import { startFormerService, startReceivers } from './former-service.mjs'

const [baseline] = process.argv.slice(2)
if (baseline === undefined) throw new Error('give the folder of the version before the renames')
const target = new URL('fixture/', import.meta.url).pathname
/** So that what is under way at the kill is due when the fixture is started again. */
const underWayMs = 3_000
/** How long a claim of the former version lasts before its post counts as unknown. */
const claimMs = 30_000

rmSync(target, { recursive: true, force: true })
await makeSqlite()
await makePostgres()

async function makeSqlite() {
  const folder = mkdtempSync(join(tmpdir(), 'fixture-'))
  keepFiles(folder, 'sqlite', await live(folder, {}))
}

async function makePostgres() {
  const folder = mkdtempSync(join(tmpdir(), 'fixture-'))
  await using stack = new AsyncDisposableStack()
  const server = await startPostgres(stack)
  const expected = await live(folder, { DATABASE_URL: server.url })
  keepFiles(folder, 'postgres', expected)
  writeFileSync(join(target, 'postgres', 'ledger.sql'), await dumpPostgres(server.url))
}

/** The life of a shop; answers what has to be found again after the kill that ends it. */
async function live(folder, environment) {
  const receivers = await startReceivers()
  const start = () =>
    startFormerService(baseline, folder, { ...receivers.channels, ...environment })
  let service = await start()
  const { post, patch } = service
  await patch('/v1/campaigns/campaign_demo', { paused: true })
  const campaigns = {}
  for (const channel of ['console', 'refuses', 'hangs', 'away'])
    campaigns[channel] = (await post('/v1/campaigns', campaignOn(channel))).id
  for (const channel of ['console', 'console', 'refuses', 'away'])
    await post(`/v1/campaigns/${campaigns[channel]}/posts`)
  const withdrawn = (await post('/v1/campaigns', campaignOn('away'))).id
  await post(`/v1/campaigns/${withdrawn}/posts`)
  await patch(`/v1/campaigns/${withdrawn}`, { paused: true })
  await sell(service)
  await service.sendUnreadable()
  await service.rest()

  void post(`/v1/campaigns/${campaigns.hangs}/posts`).catch(() => undefined)
  await receivers.hung()
  const late = (await post('/v1/campaigns', campaignOn('hangs'))).id
  void post(`/v1/campaigns/${late}/posts`).catch(() => undefined)
  await service.untilPost(late, 'due')
  await patch(`/v1/campaigns/${late}`, { paused: true })
  await service.kill()
  await pause(claimMs)

  service = await start()
  await service.rest()
  await service.untilPost(campaigns.hangs, 'unknown')
  void service.post(`/v1/campaigns/${campaigns.hangs}/posts`).catch(() => undefined)
  await receivers.hung()
  const before = await service.look()
  await leaveWorkUnderWay(service)
  await service.kill()
  await receivers.stop()
  return { ...before, pending: { success: 2, failed: 1, refunded: 1 } }
}

function campaignOn(channel) {
  return { name: `On ${channel}`, messages: ['One.', 'Two.'], cron: '0 0 29 2 *', channel }
}

async function sell(service) {
  for (const plan of ['starter', 'starter', 'professional', 'enterprise'])
    await service.pay(await service.checkout(plan), 'pay')
  await service.pay(await service.checkout('starter'), 'decline')
  await service.checkout('enterprise')
  const [first, second] = await service.payments()
  await service.refund(first.id)
  await service.refund(second.id, 100)
  await service.rest()
}

/** A refund and two payments that Stripe has not decided yet, and a payment whose webhooks wait. */
async function leaveWorkUnderWay(service) {
  const [refundable] = (await service.payments()).filter(({ amount_refunded: had }) => had === 0)
  await service.fail({ refundSettleMs: underWayMs, settleMs: underWayMs, delayMs: underWayMs })
  await service.refund(refundable.id)
  await service.bulk('success')
  await service.bulk('failed')
  await service.fail({ settleMs: 0 })
  await service.bulk('success')
}

function keepFiles(folder, engine, expected) {
  mkdirSync(join(target, engine), { recursive: true })
  for (const name of readdirSync(join(folder, 'data')))
    writeFileSync(
      join(target, engine, `${name}.br`),
      brotliCompressSync(readFileSync(join(folder, 'data', name))),
    )
  writeFileSync(join(target, engine, 'expected.json'), `${JSON.stringify(expected, null, 2)}\n`)
  rmSync(folder, { recursive: true })
}
