import type { DatabaseLocation } from '../../src/database/open.ts'

/** A ledger's place as `DATABASE_URL` has it. */
export function urlOf(location: DatabaseLocation): string {
  return location.engine === 'sqlite' ? `sqlite:${location.path}` : location.url
}
