import { AppError } from '../errors.ts'

/** The error if DATABASE_URL leads to a different ledger than the one that was opened. */
export function foreignLedger(ledgerId: string): AppError {
  return new AppError(
    'database_unavailable',
    `DATABASE_URL leads to another ledger than ${ledgerId}, which this process opened: nothing is recorded or exposed. ` +
      'Have it lead to the right database again, or restart the process if the change is meant',
  )
}
