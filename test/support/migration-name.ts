/** The name of a migration, as `kindOf` in `src/database/schema-version.ts` reads it. */
export function migrationName(number: number, what: string): string {
  return `${String(number).padStart(4, '0')}-${what}`
}
