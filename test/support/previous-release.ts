/**
 * The release before this one, until git has a tag of it: a commit whose schema later releases only add to. A release
 * writes itself here (docs/releases.md), because what may be removed depends on what is in use.
 */
export const previousRelease = {
  commit: '356de6897d4b8d2e9a8b40611cea6c06cae85f2a',
  schema: 8,
} as const
