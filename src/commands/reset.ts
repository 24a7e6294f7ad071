import { existsSync, realpathSync, rmSync } from 'node:fs'
import { lockFile } from '../database/lock-file.ts'
import { hasFile, readDatabase } from '../database/open.ts'
import { AppError } from '../errors.ts'
import { formerSuffix, highWaterMarkPathOf } from '../ledger/leader/high-water-mark.ts'
import type { CommandContext } from './command.ts'
import { readLedgerRow } from './read-ledger-row.ts'
import { type CommandDescription, printerOf, readOptions } from './read-options.ts'

const description = {
  usage: 'npm run reset -- [--yes] [--json]',
  about: `Removes the data of the emulator, so that the next start begins anew: its objects, and the ledger that counted them. Stop the
service first. A ledger of a Stripe account is never removed. Without --yes it only lists the files.`,
  exitCodes: '0 done, 2 refused or failed.',
  options: { yes: { type: 'boolean', help: 'remove the files' } },
} as const satisfies CommandDescription

/** Removes the emulator's objects and the SQLite ledger that counted them. Resolves with 0. */
export async function reset(context: CommandContext): Promise<number> {
  const options = readOptions(context, description)
  if (options === undefined) return 0
  const print = printerOf(options.json, context.print)
  const { ledger, store } = await findFiles(context)
  const files = [...filesOf(ledger), ...filesOf(store)].filter((file) => existsSync(file))
  const isRemoved = options.yes === true && files.length > 0
  if (isRemoved) removeWhileLocked(ledger, files)
  for (const file of files) print(`${isRemoved ? 'removed' : 'would remove'}  ${file}`)
  if (files.length === 0) print('There is no data of the emulator here.')
  else if (!isRemoved) print('Nothing was changed. "npm run reset -- --yes" removes these files.')
  if (options.json === true) context.print(JSON.stringify({ removed: isRemoved, files }))
  return 0
}

/** The paths of the emulator's ledger and store. Throws if they are not the emulator's, or are in PostgreSQL. */
async function findFiles({ config }: CommandContext) {
  const { database: location, mode, emulator } = config
  if (mode !== 'emulator')
    throw new AppError(
      'invalid_request',
      'the settings name a Stripe account: only the data of the emulator is removed, so run this without STRIPE_SECRET_KEY',
    )
  if (location.engine === 'postgres')
    throw new AppError(
      'invalid_request',
      'the ledger is in PostgreSQL: drop and create its database with PostgreSQL’s own tools',
    )
  if (hasFile(location)) await refuseOther(location)
  const ledger = existsSync(location.path) ? realpathSync(location.path) : location.path
  return { ledger, store: emulator.path }
}

async function refuseOther(location: Parameters<typeof readDatabase>[0]): Promise<void> {
  const database = await readDatabase(location)
  try {
    const row = await readLedgerRow(database.queries)
    if (row !== undefined && row.mode !== 'emulator')
      throw new AppError(
        'ledger_mismatch',
        `the ledger holds ${row.mode} payments of a Stripe account and is never removed`,
      )
  } finally {
    await database.close()
  }
}

function filesOf(path: string): readonly string[] {
  const beside = ['', '-wal', '-shm', '-journal', '.lock', formerSuffix]
  return [...beside.map((suffix) => `${path}${suffix}`), highWaterMarkPathOf(path)]
}

function removeWhileLocked(ledger: string, files: readonly string[]): void {
  const lock = lockFile(ledger)
  try {
    for (const file of files) rmSync(file, { force: true })
  } finally {
    lock.release()
  }
  rmSync(`${ledger}.lock`, { force: true })
}
