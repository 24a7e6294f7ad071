import { z } from 'zod'
import { apiVersion } from '../objects/versions.ts'
import type { Store } from '../store/store.ts'

const version = z.string().regex(/^\d{4}-\d{2}-\d{2}(\.\w+)?$/, 'give a version such as 2022-08-01')
const schema = z.strictObject({
  /** The account's default: of listed events, and of what it makes for a released authorisation. */
  account: version.default(apiVersion),
  /** The webhook endpoint's. */
  webhook: version.default(apiVersion),
})

export type ApiVersions = Readonly<z.infer<typeof schema>>

export interface VersionSwitch {
  versions(): ApiVersions
  /** From now on; null for the newest. What is not named is the newest too. Throws a ZodError. */
  changeVersions(versions: unknown): ApiVersions
}

/** Kept in the emulator's file, as an account keeps its version. */
export function createApiVersions(store: Pick<Store, 'read' | 'write'>): VersionSwitch {
  let current = schema.parse(JSON.parse(store.read('api_versions') ?? '{}'))
  return {
    versions: () => current,
    changeVersions: (versions) => {
      current = schema.parse(versions ?? {})
      store.write('api_versions', JSON.stringify(current))
      return current
    },
  }
}
