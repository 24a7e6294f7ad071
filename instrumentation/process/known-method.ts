const knownMethods: ReadonlySet<string> = new Set([
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'DELETE',
  'PATCH',
  'OPTIONS',
])

/** A method as the conventions for HTTP show it: what a stranger made up is `_OTHER`. */
export function knownMethod(method: string): string {
  return knownMethods.has(method) ? method : '_OTHER'
}
