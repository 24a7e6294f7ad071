import type { ListName } from '../client/lists.ts'
import { lackingPermission } from '../client/stripe-error.ts'
import type { RefusedLists } from './reconcile-report.ts'
import type { ReconcileRun } from './reconcile-run.ts'

type RefusedList = RefusedLists[string]

/** As named in Stripe's Dashboard; a list also needs the permissions of expanded objects. */
const permissions: Readonly<Partial<Record<ListName, string>>> = {
  charges: '"Charges and Refunds: Read" and "PaymentIntents: Read"',
  refunds: '"Charges and Refunds: Read"',
  checkout_sessions: '"Checkout Sessions: Read"',
}

/** From when a list is read: objects created while the key could not read it still have to be read. */
export function sinceOf({ progress, last }: ReconcileRun, list: ListName): number {
  return Math.min(progress.since, last?.refused[list]?.since ?? progress.since)
}

/** The record of a list that Stripe refuses for a missing permission; logged when that begins. */
export function refusalOf(run: ReconcileRun, list: ListName, cause: unknown): RefusedList {
  const { work, last, progress } = run
  const atStripe = lackingPermission(cause)
  const named = permissions[list] ?? `the permission to list the ${list}`
  const permission = `${named}${atStripe === undefined ? '' : ` (${atStripe})`}`
  const before = last?.refused[list]
  if (before?.permission !== permission)
    work.log.warn(
      { list, permission },
      'the key may not read a list of Stripe: the reconcile continues without it and does not find what webhooks missed. Give the key the permission at dashboard.stripe.com/apikeys',
    )
  const refusedSince = before?.refusedSince ?? progress.beganAt
  return { permission, since: sinceOf(run, list), refusedSince }
}

/** Logs that a list which the last reconcile could not read is readable again. */
export function reportReadable({ work, last }: ReconcileRun, list: ListName): void {
  if (last?.refused[list] !== undefined)
    work.log.info({ list }, 'the key may read a list of Stripe again: the reconcile has read it')
}
