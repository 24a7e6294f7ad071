const knownMethods: ReadonlySet<string> = new Set([
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'DELETE',
  'PATCH',
  'OPTIONS',
])

/** A method as in the HTTP semantic conventions: unknown methods are `_OTHER`. */
export function knownMethod(method: string): string {
  return knownMethods.has(method) ? method : '_OTHER'
}
