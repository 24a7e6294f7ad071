import { AppError } from '../../errors.ts'
import type { RefusalReason } from './outcomes.ts'

/** A webhook whose signature is invalid, with the reason from the closed set. */
export class RefusedWebhook extends AppError {
  readonly reason: RefusalReason

  constructor(reason: RefusalReason, message: string) {
    super('invalid_signature', message)
    this.reason = reason
  }
}

/** Why a webhook was refused; undefined for failures that Stripe retries (5xx). */
export function refusalReasonOf(failure: unknown): RefusalReason | undefined {
  if (failure instanceof RefusedWebhook) return failure.reason
  if (!(failure instanceof AppError)) return undefined
  if (failure.code === 'invalid_json') return 'not_json'
  return failure.code === 'body_too_large' ? 'too_large' : undefined
}
