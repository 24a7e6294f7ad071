import { sql } from 'kysely'
import { requireMigrated } from '../database/migrate.ts'
import type { LedgerDatabase } from '../database/open.ts'
import { AppError } from '../errors.ts'
import type { CommandContext } from './command.ts'
import { type Erased, eraseTexts } from './erase-texts.ts'
import { type CommandDescription, readOptions } from './read-options.ts'
import { withLedgerToChange } from './stopped-ledger.ts'
import { formatTable } from './table.ts'

const description = {
  usage: 'npm run erase -- --containing <text> [--yes] [--json]',
  about: `Overwrites the texts of posts, and the name and messages of deleted campaigns, that contain a text, whatever its case
(on SQLite, that of a to z).
Facts and totals never change, and no post is sent again. Without --yes it only reports what it would overwrite, also
beside the running service. On PostgreSQL it works beside the running service; on SQLite the service has to be stopped.`,
  exitCodes: '0 done, 1 something that contains the text is left, 2 refused or failed.',
  options: {
    containing: { type: 'string', value: '<text>', help: 'at least 3 characters, such as a name' },
    yes: { type: 'boolean', help: 'overwrite' },
  },
} as const satisfies CommandDescription

const textLengthMin = 3

/** Overwrites what names a person, or reports what it would overwrite. */
export async function erase(context: CommandContext): Promise<number> {
  const options = readOptions(context, description)
  if (options === undefined) return 0
  const { print } = context
  const text = readText(options.containing)
  const isDryRun = options.yes !== true
  const work = async (database: LedgerDatabase): Promise<number> => {
    const erased = await eraseIn(database, text, isDryRun)
    if (options.json === true) print(toJson(erased, isDryRun))
    else for (const line of describe(erased, isDryRun)) print(line)
    return !isDryRun && erased.keptPosts + erased.keptCampaigns.length > 0 ? 1 : 0
  }
  return withLedgerToChange(context, isDryRun, work)
}

function readText(text: string | undefined): string {
  if (text === undefined || text.trim().length < textLengthMin)
    throw new AppError(
      'invalid_request',
      `--containing: give at least ${textLengthMin} characters\nusage: ${description.usage}`,
    )
  return text
}

async function eraseIn(
  { engine, queries }: LedgerDatabase,
  text: string,
  isDryRun: boolean,
): Promise<Erased> {
  await requireMigrated(queries, engine)
  const isSqlite = engine === 'sqlite' && !isDryRun
  // Else the overwritten bytes would stay in free pages of the file and in its write-ahead log.
  if (isSqlite) await sql`pragma secure_delete = on`.execute(queries)
  const erased = await eraseTexts(queries, text, isDryRun)
  if (isSqlite) await sql`pragma wal_checkpoint(truncate)`.execute(queries)
  return erased
}

function describe(erased: Erased, isDryRun: boolean): readonly string[] {
  return [
    ...formatTable([
      ['', isDryRun ? 'to overwrite' : 'overwritten', 'kept'],
      ['posts', String(erased.posts), String(erased.keptPosts)],
      ['campaigns', String(erased.campaigns), String(erased.keptCampaigns.length)],
    ]),
    ...(erased.keptPosts > 0
      ? [
          '',
          'Posts that are still to be sent keep their text: delete their campaign and try again.',
        ]
      : []),
    ...erased.keptCampaigns.map((id) => `Change or delete the campaign ${id}, and try again.`),
    ...(isDryRun ? ['', 'Nothing was changed. With --yes it overwrites them.'] : []),
  ]
}

function toJson({ posts, campaigns, keptPosts, keptCampaigns }: Erased, isDryRun: boolean): string {
  return JSON.stringify({
    dry_run: isDryRun,
    posts,
    campaigns,
    kept: { unsent_posts: keptPosts, campaigns: keptCampaigns },
  })
}
