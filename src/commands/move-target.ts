import { readDatabaseLocation } from '../config/database.ts'
import { type DatabaseLocation, type LedgerDatabase, openDatabase } from '../database/open.ts'
import { reachDatabase } from '../database/reach.ts'
import { AppError } from '../errors.ts'
import type { LedgerFile } from '../ledger/leader/lost-file.ts'
import { reportProgress } from './read-options.ts'

/** Comparing a large table is one statement. */
const statementMsMax = 6 * 3_600_000

/** The file to be moved. Throws `invalid_request` with the reason if the ledger is in PostgreSQL. */
export function requireFile(
  location: DatabaseLocation,
): LedgerFile & { readonly engine: 'sqlite' } {
  if (location.engine === 'sqlite') return location
  throw new AppError(
    'invalid_request',
    'the ledger of DATABASE_URL is in PostgreSQL, and there is no way back to a file: replicas elsewhere cannot be locked out ' +
      'as those of a file can, so both could record at once, and what they exposed is in no high-water mark that a file could be held to. ' +
      'One process on PostgreSQL needs no other replica',
  )
}

/** Checks the address of the target. Throws `invalid_request` with the reason. */
export function readTarget(to: string): string {
  const refuse = (reason: string): never => {
    throw new AppError('invalid_request', `--to: ${reason}`)
  }
  if (!/^postgres(ql)?:\/\//.test(to))
    return refuse(
      'give postgres://user@host/database. A ledger moves to PostgreSQL alone: ' +
        'to have the file elsewhere, stop the service, run "npm run backup" and put the copy there',
    )
  const { location, problems } = readDatabaseLocation({ DATABASE_URL: to })
  if (location?.engine !== 'postgres' || problems.length > 0)
    return refuse(
      problems.map((problem) => aboutTarget(problem.replace('DATABASE_URL: ', ''))).join('; '),
    )
  return location.url
}

/** Opens the target once it responds. Throws `database_unavailable` with the reason. */
export async function openTarget(url: string): Promise<LedgerDatabase> {
  const target = await openDatabase({ engine: 'postgres', url }, reportProgress, statementMsMax)
  try {
    await reachDatabase(target, {
      monotonicNow: () => performance.now(),
      warn: (reason) =>
        reportProgress(`the database of --to cannot be reached yet: ${aboutTarget(reason)}`),
    })
    return target
  } catch (cause) {
    await target.close()
    if (!(cause instanceof AppError)) throw cause
    throw new AppError(cause.code, aboutTarget(cause.message), { cause })
  }
}

/** Of the ways to give a password, `DATABASE_PASSWORD` is for DATABASE_URL alone, and an argument is seen by every user. */
function aboutTarget(text: string): string {
  return text
    .replaceAll(/(DATABASE_URL, )?DATABASE_PASSWORD, DATABASE_PASSWORD_FILE, /g, '')
    .replaceAll('DATABASE_URL', '--to')
}
