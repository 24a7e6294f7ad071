import { inLanes } from './lanes.ts'
import { type LostShop, openLostShop } from './lost-shop.ts'
import type { Random } from './random.ts'
import type { Scenario, Storm } from './scenario.ts'

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs
const outageMs = 5 * dayMs
/** An attempt that made no charge is in no list but that of events, which Stripe keeps for 30 days. */
const settleMsMax = 20 * dayMs
const jumpsMsMax = 3 * dayMs
const atOnce = 3

/** Webhooks that never come, lists that lag, events never made, objects that settle late, an outage. */
export const lost: Scenario = {
  name: 'lost',
  summary: 'webhooks dropped, events never made, late lists, late settling, an outage of 5 days',
  engines: ['sqlite'],
  rounds: { small: 6, full: 200 },
  run: async (storm) => {
    const violations: string[] = []
    const figures = { runs: 0, 'by sweep': 0, 'by reconcile': 0 }
    const seeds = Array.from({ length: storm.rounds }, () => storm.random.fork())
    const lane = async (): Promise<void> => {
      for (let random = seeds.pop(); random !== undefined; random = seeds.pop()) {
        const run = figures.runs
        figures.runs += 1
        const found = await runOnce(storm, random)
        figures['by sweep'] += found.swept
        figures['by reconcile'] += found.reconciled
        violations.push(...found.violations.map((violation) => `run ${run}: ${violation}`))
      }
    }
    await inLanes(atOnce, lane)
    return { figures, violations }
  },
}

const runOnce = async (storm: Storm, random: Random) => {
  await using stack = new AsyncDisposableStack()
  const shop = await openLostShop(storm.folder, stack, random)
  await shop.start()
  await shop.app()?.rounds.runReconcile()
  await shop.stripe.faults({
    drop: random.pick([0, 0.1, 0.5, 0.9, 1] as const),
    neverGenerate: random.pick([0, 0.1, 0.5] as const),
    secondEventId: random.pick([0, 0.3] as const),
    duplicate: random.pick([0, 0.3] as const),
    lateListMs: random.integer(0, 30) * minuteMs,
    apiErrorAfter: random.pick([0, 0.1] as const),
  })
  const steps = random.shuffle([
    ...Array.from({ length: random.integer(4, 10) }, () => 'work'),
    'outage',
  ])
  for (const step of steps) {
    if (step === 'outage') await sleepThrough(shop, random)
    else await work(shop, random)
    shop.clock.nowMs += random.integer(0, jumpsMsMax / steps.length)
    if (random.chance(0.3))
      await shop
        .app()
        ?.rounds.runSweep()
        .catch(() => undefined)
  }

  await shop.stripe.faults(null)
  shop.clock.nowMs += settleMsMax + hourMs
  const app = shop.app() ?? (await shop.start())
  const { outcomes } = await app.rounds.runSweep()
  const { drift } = await app.rounds.runReconcile()
  const violations = [...(await shop.judge())]
  const again = await app.rounds.runReconcile()
  if (again.drift.count !== 0) violations.push(`a second reconcile found ${again.drift.count} more`)
  return { violations, swept: outcomes.new, reconciled: drift.count }
}

const sleepThrough = async (shop: LostShop, random: Random): Promise<void> => {
  await shop.stop()
  const before = random.integer(0, outageMs)
  shop.clock.nowMs += before
  await pay(shop, random)
  shop.clock.nowMs += outageMs - before
  await shop.start()
}

const work = async (shop: LostShop, random: Random): Promise<void> => {
  await pay(shop, random)
  const plan = random.pick(['starter', 'professional', 'enterprise'] as const)
  const page = await shop.checkout(plan)
  if (page !== undefined)
    await shop.stripe.press(page, random.pick(['pay', 'decline', 'refuse'] as const))
  await shop.stripe.hurry()
}

const pay = async (shop: LostShop, random: Random): Promise<void> => {
  const settles = random.chance(0.5)
  await shop.stripe.faults({
    settleMs: settles ? random.integer(0, settleMsMax) : 0,
    refundSettleMs: random.chance(0.3) ? random.integer(0, settleMsMax) : 0,
  })
  const outcome = random.pick(['success', 'failed', 'refunded'] as const)
  await shop.stripe.pay(outcome, random.integer(1, 12))
}
