import { AppError } from '../../src/errors.ts'
import { createDriftCandidates } from '../../src/stripe/sync/drift-candidates.ts'
import { reconcile } from '../../src/stripe/sync/reconcile.ts'
import { readReconcileProgress } from '../../src/stripe/sync/reconcile-progress.ts'
import { createListedMemory } from '../../src/stripe/sync/reconcile-run.ts'
import { openSyncWork } from './sync-work.ts'

/** Stripe cannot be reached. */
export const away = new AppError('stripe_unavailable', 'away')

/** Reconciles of one process. `failAt` makes the calls fail that begin so. */
export async function openReconciles() {
  const opened = await openSyncWork()
  const { work, pacing, stripe } = opened
  const memory = createListedMemory()
  const failAt = (start: string | undefined, failure: unknown = away) => {
    stripe.fail = (call) => (start !== undefined && call.startsWith(start) ? failure : undefined)
  }
  const progress = async () => readReconcileProgress(await work.syncState.read('reconcile'))
  const waiting = () => createDriftCandidates(work.queries).read()
  const run = () => reconcile(work, pacing, memory)
  return { ...opened, memory, failAt, progress, waiting, run }
}
