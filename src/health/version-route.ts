import { createRoute, z } from '@hono/zod-openapi'
import { adviseOn, type SchemaVersions } from '../database/schema-version.ts'
import type { AddRoutes } from '../http/api.ts'
import { jsonContent, onlyProblems } from '../http/describe.ts'

export interface VersionOptions {
  readonly release: { readonly version: string; readonly commit: string | null }
  /** The schema of this release. */
  readonly schema: number
  readonly readSchemaVersions: () => Promise<SchemaVersions>
}

const schemaNumber = z.int().min(0)

const versionSchema = z
  .object({
    version: z.string().openapi({ example: '0.1.0' }),
    commit: z.string().nullable().openapi({ description: 'Null if the sources came without it.' }),
    schema: z.object({
      release: schemaNumber.openapi({ description: 'The schema of this release.' }),
      ledger: schemaNumber.nullable().openapi({
        description: "The ledger's schema; null if it cannot be read now.",
      }),
      needed: schemaNumber.nullable().openapi({
        description: 'The oldest schema of a release that can work on this ledger.',
      }),
    }),
    advice: z
      .string()
      .nullable()
      .openapi({ description: 'What to do if the two schemas differ.', example: null }),
  })
  .openapi('Version')

const versionRoute = createRoute({
  method: 'get',
  path: '/version',
  operationId: 'readVersion',
  tags: ['Service'],
  summary: 'Read which release runs on which schema',
  description:
    'The version, its commit if known, and the schemas of this release and of the ledger.',
  security: [],
  responses: {
    200: jsonContent(versionSchema, 'The release.'),
    ...onlyProblems(400, 403, 500, 503),
  },
})

/** `/version`: which release runs, and the schemas of the release and of the ledger. */
export function versionRoutes({ release, schema, readSchemaVersions }: VersionOptions): AddRoutes {
  return (api) => {
    api.openapi(versionRoute, async (context) => {
      const versions = await readSchemaVersions().catch(() => undefined)
      return context.json(
        {
          version: release.version,
          commit: release.commit,
          schema: {
            release: schema,
            ledger: versions?.ledger ?? null,
            needed: versions?.needed ?? null,
          },
          advice: versions === undefined ? null : (adviseOn(versions) ?? null),
        },
        200,
      )
    })
  }
}
