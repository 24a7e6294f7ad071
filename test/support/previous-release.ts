/**
 * The release before this one, until git has a tag of it: a commit whose schema later releases only add to. A release
 * writes itself here (docs/releases.md), because what may be removed depends on what is in use.
 */
export const previousRelease = {
  commit: '0000000000000000000000000000000000000000',
  schema: 8,
} as const
