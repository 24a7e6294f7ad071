import { cpSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { createCallers } from './callers.ts'
import { fetchOnce } from './fetch-once.ts'
import type { Random } from './random.ts'
import type { Scenario, Storm } from './scenario.ts'
import { createWorld, type ReadyService, type World } from './world.ts'

const healMsMax = 60_000

/** A ledger put back from an older backup: the series ends and says so, and is born anew. */
export const backup: Scenario = {
  name: 'backup',
  summary: 'a ledger put back from an older backup, then recovered',
  engines: ['sqlite'],
  rounds: { small: 1, full: 10 },
  run: async (storm) => {
    const violations: string[] = []
    let lostFacts = 0
    for (let round = 1; round <= storm.rounds && violations.length === 0; round += 1) {
      const outcome = await runRound(storm)
      lostFacts += outcome.lostFacts
      violations.push(...outcome.violations.map((violation) => `round ${round}: ${violation}`))
    }
    return { figures: { 'put back': storm.rounds, 'facts lost by it': lostFacts }, violations }
  },
}

const runRound = async (storm: Storm) => {
  const { random } = storm
  const world = await createWorld(storm)
  const violations: string[] = []
  let service = await world.startAlone()
  const callers = createCallers(world)
  const campaignId = await world.createCampaign()
  await callers.post(campaignId)
  await work(world, random)
  violations.push(...(await world.rest([service.metricsUrl])))
  await service.end('SIGTERM')

  const kept = join(world.folder, 'backup')
  mkdirSync(kept)
  copyFiles(world.folder, kept)

  service = await world.startAlone()
  const before = world.acknowledged.size
  await work(world, random)
  violations.push(...(await world.rest([service.metricsUrl])))
  await service.end(random.pick(['SIGTERM', 'SIGKILL'] as const))
  const lostFacts = world.acknowledged.size - before

  for (const file of ledgerFiles(world.folder)) rmSync(join(world.folder, file))
  copyFiles(kept, world.folder)
  service = await world.startAlone()
  violations.push(...(await mustBeSilent(service)))
  violations.push(...world.scrapes.falls)
  await service.end('SIGTERM')

  const recovered = await world.command('recover', '--yes')
  if (recovered.exitCode !== 0) violations.push(`recover ended with ${recovered.exitCode}`)
  service = await world.startAlone()
  violations.push(...(await world.healed([service.metricsUrl], healMsMax)))
  await service.end('SIGTERM')
  return { violations, lostFacts }
}

/** Payments and checkouts: a post that a backup forgets is lost for good, as `recover` says. */
const work = async (world: World, random: Random): Promise<void> => {
  const callers = createCallers(world)
  await world.stripe.pay('success', random.integer(1, 20))
  await world.stripe.pay('failed', random.integer(1, 5))
  await world.stripe.pay('refunded', random.integer(1, 5))
  const page = await callers.checkout('enterprise')
  await world.stripe.press(page, random.pick(['pay', 'decline', 'refuse'] as const))
  await world.stripe.drained()
}

/** The ledger as an operator backs it up: the database's own files. */
const ledgerFiles = (folder: string): readonly string[] =>
  readdirSync(folder).filter((file) => /^ledger\.db(-wal|-shm)?$/.test(file))

const copyFiles = (from: string, to: string): void => {
  for (const file of ledgerFiles(from)) cpSync(join(from, file), join(to, file))
}

const mustBeSilent = async ({ apiUrl, metricsUrl }: ReadyService): Promise<readonly string[]> => {
  const page = await fetchOnce(metricsUrl)
  const text = await page.text()
  const ready = await fetchOnce(new URL('/readyz', apiUrl))
  await ready.text()
  return [
    ...(page.status === 503 ? [] : [`the page of a ledger that fell was answered ${page.status}`]),
    ...(/lost commits[\s\S]*npm run recover/.test(text)
      ? []
      : [`the page does not say so: ${text}`]),
    ...(ready.status === 503 ? [] : [`/readyz of a ledger that fell was answered ${ready.status}`]),
  ]
}
