import type { Random } from '../../../support/random.ts'
import { inLanes } from '../../harness/in-lanes.ts'
import { inMemory } from '../../harness/in-memory.ts'
import type { Scenario } from '../../harness/scenario.ts'
import { type StripeProcess, startStripeProcess } from './clocked-stripe.ts'
import { type LostShop, openLostShop } from './lost-shop.ts'

const secondMs = 1_000
const minuteMs = 60 * secondMs
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs
const outageMs = 5 * dayMs
/** An attempt that made no charge is in no list but that of events, which Stripe keeps for 30 days. */
const processingMsMax = 20 * dayMs
const jumpsMsMax = 3 * dayMs
/** A sweep reads from an hour before its cursor on, and its cursor stays a minute behind: no later. */
const lateListMsMax = hourMs + 50 * secondMs
const atOnce = 3

/** Webhooks that never arrive, lists that lag, missing events, payments that finish late, an outage. */
export const lost: Scenario = {
  name: 'lost',
  summary:
    'webhooks are dropped, events are missing, lists and payments are late, an outage of 5 days',
  engines: ['sqlite'],
  rounds: { small: 6, full: 200 },
  run: async (chaos) => {
    const violations: string[] = []
    const figures = { runs: 0, sweeps: 0, 'by sweep': 0, reconciles: 0, 'by reconcile': 0 }
    const folder = inMemory(chaos.folder, chaos.stack)
    const seeds = Array.from({ length: chaos.rounds }, () => chaos.random.fork())
    await inLanes(Math.min(atOnce, chaos.rounds), async () => {
      const stripeProcess = startStripeProcess(chaos.stack)
      for (let random = seeds.shift(); random !== undefined; random = seeds.shift()) {
        const run = figures.runs
        figures.runs += 1
        const tally = { sweeps: 0, swept: 0, reconciles: 0, reconciled: 0 }
        const found = await runOnce({ folder, stripeProcess, random, run, tally })
        figures.sweeps += tally.sweeps
        figures['by sweep'] += tally.swept
        figures.reconciles += tally.reconciles
        figures['by reconcile'] += tally.reconciled
        violations.push(...found.map((violation) => `run ${run}: ${violation}`))
      }
    })
    const idle = Object.entries(figures).filter(([, count]) => count === 0)
    violations.push(...idle.map(([name]) => `${name}: none, so nothing was tried`))
    return { figures, violations }
  },
}

interface Run {
  readonly folder: string
  readonly stripeProcess: StripeProcess
  readonly random: Random
  readonly run: number
  readonly tally: { sweeps: number; swept: number; reconciles: number; reconciled: number }
}

/** The sync jobs as the service would run them, on a clock that leaves most of them out. */
interface Cadence {
  /** A sweep, and right after it a reconcile where an hour has passed since the last. */
  look(): Promise<void>
  sweep(): Promise<void>
  /** Answers how much drift it found. */
  reconcile(): Promise<number>
}

function createCadence(shop: LostShop, { tally, run }: Run): Cadence {
  // A reconcile would find what a sweep missed: every other run has only the last one.
  const isHourly = run % 2 === 1
  let reconciledAt = shop.clock.nowMs
  const sweep = async (): Promise<void> => {
    const report = await shop.app()?.syncJobs.runSweep()
    tally.sweeps += 1
    tally.swept += report?.outcomes.new ?? 0
  }
  const reconcile = async (): Promise<number> => {
    reconciledAt = shop.clock.nowMs
    const report = await shop.app()?.syncJobs.runReconcile()
    tally.reconciles += 1
    tally.reconciled += report?.drift.count ?? 0
    return report?.drift.count ?? 0
  }
  return {
    look: async () => {
      await sweep()
      if (isHourly && shop.clock.nowMs - reconciledAt >= hourMs) await reconcile()
    },
    sweep,
    reconcile,
  }
}

async function runOnce(given: Run): Promise<readonly string[]> {
  const { random, run } = given
  await using stack = new AsyncDisposableStack()
  const shop = await openLostShop(given.folder, stack, given.stripeProcess, random)
  await shop.start()
  await shop.app()?.syncJobs.runReconcile()
  const cadence = createCadence(shop, given)
  const isWorstCase = run < 2
  const lateListMs = isWorstCase
    ? lateListMsMax
    : random.pick([0, random.integer(0, 60) * minuteMs, lateListMsMax] as const)
  await shop.stripe.faults({
    drop: isWorstCase ? 0.9 : random.pick([0, 0.1, 0.5, 0.9, 1] as const),
    neverGenerate: isWorstCase ? 0.5 : random.pick([0, 0.1, 0.5] as const),
    secondEventId: random.pick([0, 0.3] as const),
    duplicate: random.pick([0, 0.3] as const),
    lateListMs,
    apiErrorAfter: random.pick([0, 0.1] as const),
  })
  const steps = random.shuffle([
    ...Array.from({ length: random.integer(4, 10) }, () => 'work'),
    'outage',
  ])
  for (const step of steps) {
    if (step === 'outage') await sleepThrough(shop, random)
    else await work(shop, random)
    await lookAround(shop, cadence, random, lateListMs)
    await shop.clock.forward(random.integer(0, jumpsMsMax / steps.length))
  }
  await finishAll(shop, cadence, random)

  await shop.stripe.faults({ apiErrorAfter: 0 })
  await shop.clock.forward(lateListMsMax)
  await cadence.sweep()
  const unswept = await shop.unswept()
  // This one may finish what was interrupted; a day later the wide window is due.
  await cadence.reconcile()
  await shop.clock.forward(dayMs)
  await cadence.reconcile()
  const again = await cadence.reconcile()
  return [
    ...(unswept.length === 0
      ? []
      : [`${unswept.length} in Stripe's lists were not swept: ${unswept.slice(0, 3).join(', ')}`]),
    ...(await shop.audit()),
    ...(again === 0 ? [] : [`a second reconcile found ${again} more`]),
  ]
}

/** Sync jobs a little before the lists show what happened, the worst moment for a cursor, and after. */
async function lookAround(
  shop: LostShop,
  cadence: Cadence,
  random: Random,
  lateListMs: number,
): Promise<void> {
  const early = lateListMs - random.integer(1, 5) * secondMs
  const jumpMs = random.chance(0.5) ? early : random.integer(0, 40) * minuteMs
  await shop.clock.forward(Math.max(0, jumpMs))
  await cadence.look().catch(() => undefined)
  await shop.clock.forward(random.integer(0, 40) * minuteMs)
  if (random.chance(0.7)) await cadence.look().catch(() => undefined)
}

/** Weeks in which payments and refunds finish, while webhooks and events are still lost. */
async function finishAll(shop: LostShop, cadence: Cadence, random: Random): Promise<void> {
  const finishedAt = shop.clock.nowMs + processingMsMax + hourMs
  while (shop.clock.nowMs < finishedAt) {
    const leftMs = finishedAt - shop.clock.nowMs
    await shop.clock.forward(Math.min(leftMs, random.integer(12 * hourMs, 5 * dayMs)))
    await shop.stripe.hurry()
    await cadence.look().catch(() => undefined)
  }
}

async function sleepThrough(shop: LostShop, random: Random): Promise<void> {
  await shop.stop()
  const before = random.integer(0, outageMs)
  await shop.clock.forward(before)
  await pay(shop, random)
  await shop.clock.forward(outageMs - before)
  await shop.start()
}

async function work(shop: LostShop, random: Random): Promise<void> {
  await pay(shop, random)
  const plan = random.pick(['starter', 'professional', 'enterprise'] as const)
  const page = await shop.checkout(plan)
  if (page !== undefined)
    await shop.stripe.press(page, random.pick(['pay', 'decline', 'refuse'] as const))
  await shop.stripe.hurry()
}

async function pay(shop: LostShop, random: Random): Promise<void> {
  const isDelayed = random.chance(0.5)
  await shop.stripe.faults({
    processingMs: isDelayed ? random.integer(0, processingMsMax) : 0,
    refundProcessingMs: random.chance(0.3) ? random.integer(0, processingMsMax) : 0,
  })
  const outcome = random.pick(['success', 'failed', 'refunded'] as const)
  await shop.stripe.pay(outcome, random.integer(1, 12))
}
