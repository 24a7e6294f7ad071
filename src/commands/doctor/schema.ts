import { readSchemaVersions } from '../../database/migrate.ts'
import { adviseOn } from '../../database/schema-version.ts'
import { type Check, unwell, well } from './check.ts'

/** Whether this release and the ledger have the same schema. A ledger that is ahead by additions alone is well. */
export const schema: Check = {
  name: 'schema',
  asksStripe: false,
  look: async ({ config, ledger }) => {
    if (ledger === undefined) return []
    const versions = await readSchemaVersions(ledger.queries, config.database.engine)
    const advice = adviseOn(versions)
    if (advice === undefined) return [well('schema', `${versions.ledger}, that of this release`)]
    const isUsable = versions.ledger > versions.release && versions.needed <= versions.release
    return [isUsable ? well('schema', advice) : unwell('schema', advice)]
  },
}
