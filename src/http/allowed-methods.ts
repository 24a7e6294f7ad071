interface Route {
  readonly method: string
  readonly path: string
}

/** The methods of a path, for `Allow`; empty if there is no such path. */
export type AllowedMethods = (path: string) => readonly string[]

/** The returned function considers all routes that exist when it is first called, without the middleware. */
export function createAllowedMethods(routes: readonly Route[]): AllowedMethods {
  let patterns: readonly (Route & { readonly pattern: RegExp })[] | undefined
  return (path) => {
    patterns ??= routes
      .filter(({ method }) => method !== 'ALL')
      .map((route) => ({ ...route, pattern: patternOf(route.path) }))
    const methods = patterns.filter(({ pattern }) => pattern.test(path)).map((one) => one.method)
    if (methods.length === 0) return []
    const implied = methods.includes('GET') ? ['HEAD', 'OPTIONS'] : ['OPTIONS']
    return [...new Set([...methods, ...implied])].toSorted()
  }
}

/** Matches the paths of a route such as `/v1/campaigns/:id`. */
function patternOf(path: string): RegExp {
  const parts = path
    .split('/')
    .map((part) => (part.startsWith(':') ? '[^/]+' : RegExp.escape(part)))
  return new RegExp(`^${parts.join('/')}$`)
}
