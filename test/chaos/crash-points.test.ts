import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { z } from 'zod'
import type { Engine } from '../../src/database/engine.ts'
import { openReceiver } from '../support/channel-receiver.ts'
import { engines } from '../support/open-test-ledger.ts'
import { temporaryDatabase } from '../support/postgres.ts'
import { runService } from '../support/run-service.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { pointsOf } from './scenarios/crash-pairs/crash-pairs.ts'

const mark = 'pattern '

/** A crash point that no service comes by proves nothing: its scenario would wait for it in vain. */
test('every crash point, and every pattern of a statement, is met by a service that starts and works', async () => {
  const met = new Set<string>()
  for (const engine of engines) {
    const seen = await seenOn(engine)
    const { points, creations } = pointsOf[engine]
    expect(
      [...points, ...creations].filter((point) => !seen.has(point)),
      engine,
    ).toEqual([])
    for (const one of seen) met.add(one)
  }
  const patterns = [...met]
    .filter((one) => one.startsWith(mark))
    .map((one) => one.slice(mark.length))
  expect(patterns.length).toBeGreaterThan(0)
  expect(patterns.filter((pattern) => !met.has(pattern))).toEqual([])
}, 120_000)

const id = z.looseObject({ id: z.string() })

async function seenOn(engine: Engine): Promise<ReadonlySet<string>> {
  const folder = temporaryFolder()
  const seen = join(folder, 'seen')
  const receiver = await openReceiver()
  const service = await runService(folder, {
    NODE_OPTIONS: `--import=${new URL('scenarios/crash-pairs/crash-points.mjs', import.meta.url).href}`,
    POINTS_SEEN: seen,
    CHANNEL_NEWS: receiver.address,
    ...(engine === 'postgres' ? { DATABASE_URL: await temporaryDatabase() } : {}),
  })
  const post = async (path: string, body: object) => {
    const headers = { 'content-type': 'application/json' }
    const init = { method: 'POST', headers, body: JSON.stringify(body) }
    return id.parse(await (await fetch(service.apiUrl + path, init)).json()).id
  }
  const session = await post('/v1/checkout-sessions', { plan: 'starter' })
  const body = new URLSearchParams({ action: 'pay' })
  await fetch(`${service.shopUrl}/pay/${session}`, { method: 'POST', redirect: 'manual', body })
  const cron = { cron: '0 0 1 1 *', channel: 'news' }
  const campaign = await post('/v1/campaigns', { name: 'News', messages: ['News.'], ...cron })
  await post(`/v1/campaigns/${campaign}/posts`, {})
  await vi.waitFor(async () => {
    const answer = await fetch(`${service.shopUrl}/emulator/deliveries`)
    expect(await answer.json()).toEqual({ pending: 0 })
  }, 30_000)
  await service.end('SIGTERM')
  return new Set(readFileSync(seen, 'utf8').split('\n'))
}
