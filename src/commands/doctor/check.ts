import type { Config } from '../../config/config.ts'
import type { LedgerDatabase } from '../../database/open.ts'
import type { LedgerRow } from '../../database/schema.ts'
import type { StripeGateway } from '../../stripe/client/gateway.ts'

/** The result of a check, and what to do if it failed. */
export interface LookUpResult {
  readonly name: string
  readonly isWell: boolean
  /** What was found; for a failed check also what to do. */
  readonly text: string
  /** The check whose failure is the cause: if that one failed, this one is not printed. */
  readonly followsFrom?: string
}

export interface DoctorContext {
  readonly config: Config
  readonly gateway: StripeGateway
  /** Undefined if there is no ledger yet, or it cannot be read. */
  readonly ledger:
    | { readonly queries: LedgerDatabase['queries']; readonly row: LedgerRow }
    | undefined
  /** Whether there should be a ledger by now. */
  readonly hasLedger: boolean
  /** Why the ledger cannot be read. */
  readonly ledgerFailure: string | undefined
  readonly now: () => number
}

/** Checks one thing. An error that it throws is reported as a failed check. */
export interface Check {
  readonly name: string
  readonly asksStripe: boolean
  readonly look: (context: DoctorContext) => Promise<readonly LookUpResult[]>
}

export function well(name: string, text: string): LookUpResult {
  return { name, isWell: true, text }
}
export function unwell(name: string, text: string): LookUpResult {
  return { name, isWell: false, text }
}
