import type { Config } from '../../config/config.ts'
import type { LedgerDatabase } from '../../database/open.ts'
import type { LedgerRow } from '../../database/schema.ts'
import type { StripeGateway } from '../../stripe/client/gateway.ts'

/** What was looked at, and what to do when it is not well. */
export interface LookUpResult {
  readonly name: string
  readonly isWell: boolean
  /** What was found; for what is not well also what to do. */
  readonly text: string
  /** The check whose finding is the cause, where it is not well: then this one is not printed. */
  readonly followsFrom?: string
}

export interface DoctorContext {
  readonly config: Config
  readonly gateway: StripeGateway
  /** Undefined when there is no ledger yet, or none that can be read. */
  readonly ledger:
    | { readonly queries: LedgerDatabase['queries']; readonly row: LedgerRow }
    | undefined
  /** Why there is none that can be read. */
  readonly ledgerFailure: string | undefined
  readonly now: () => number
}

/** Looks at one thing. What it throws is a finding that is not well. */
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
