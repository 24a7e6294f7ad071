import { z } from 'zod'
import { apiVersion } from '../objects/versions.ts'
import type { Store } from '../store/store.ts'

const version = z.string().regex(/^\d{4}-\d{2}-\d{2}(\.\w+)?$/, 'give a version such as 2022-08-01')
const schema = z.strictObject({
  /** The account's default version: for listed events, and for how an authorisation is released. */
  account: version.default(apiVersion),
  /** The webhook endpoint's version. */
  webhook: version.default(apiVersion),
})

export type ApiVersions = Readonly<z.infer<typeof schema>>

export interface VersionSwitch {
  versions(): ApiVersions
  /** Sets the versions; omitted or null means the newest. Throws a ZodError. */
  changeVersions(versions: unknown): ApiVersions
}

/** Stored in the emulator's file. */
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
