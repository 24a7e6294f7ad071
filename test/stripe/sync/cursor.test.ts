import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { controlsOf } from '../../support/emulator-controls.ts'
import { startAppWithStripe } from '../../support/start-test-app.ts'

const never = '0 0 29 2 *'
const minuteMs = 60_000

/** The service beside a Stripe without webhooks, on one clock; `onNextPage` is called at each later page. */
async function openShop(onNextPage: (clock: { nowMs: number }) => void = () => undefined) {
  const clock = { nowMs: Date.UTC(2026, 5, 1, 12) }
  const now = () => clock.nowMs
  const app = await startAppWithStripe({
    environment: { SWEEP_SCHEDULE: never, RECONCILE_SCHEDULE: never },
    dependencies: { now, pause: async () => undefined },
    emulator: {
      now,
      onRequest: ({ form }) => {
        if (form.includes('starting_after')) onNextPage(clock)
      },
    },
  })
  await app.syncJobs.runSweep()
  await app.syncJobs.runReconcile()
  clock.nowMs += 5 * minuteMs
  return { app, clock, pay: controlsOf(app.emulator.url).pay }
}

test('the sweep has read up to the date of its first page, however long the others took', async () => {
  const { app, clock, pay } = await openShop((at) => {
    at.nowMs += 10 * minuteMs
  })
  await pay('success', 250)
  const firstPageAt = clock.nowMs
  const report = await app.syncJobs.runSweep()
  expect(report.outcomes.new).toBe(250)
  expect(clock.nowMs).toBeGreaterThan(firstPageAt)
  expect(report.position).toBe(firstPageAt - minuteMs)
})

test('the sweep does not pass over events that cannot be committed', async () => {
  const { app, clock, pay } = await openShop()
  await pay('success', 3)
  using ledger = new DatabaseSync(join(app.folder, 'ledger.db'), { timeout: 5_000 })
  ledger.exec(
    "create trigger refuse before insert on facts begin select raise(abort, 'not now'); end",
  )
  await expect(app.syncJobs.runSweep()).rejects.toMatchObject({ code: 'not_committed' })
  ledger.exec('drop trigger refuse')
  clock.nowMs += 120 * minuteMs
  expect((await app.syncJobs.runSweep()).outcomes.new).toBe(3)
})
