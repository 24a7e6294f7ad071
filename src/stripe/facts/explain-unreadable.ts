import { ZodError } from 'zod'
import { AppError } from '../../errors.ts'
import type { ListName } from '../client/lists.ts'
import { Unreadable } from './unreadable.ts'

/**
 * Why an event or object is a dead letter: the invalid paths, never their values. Undefined for
 * a failure with another cause.
 */
export function reasonOf(cause: unknown): string | undefined {
  if (cause instanceof ZodError) return describePaths(cause)
  if (cause instanceof Unreadable) return cause.message
  if (cause instanceof AppError && cause.code === 'unrecordable')
    return `the database cannot store it (${databaseCode(cause.cause)})`
  return undefined
}

/** Names chosen by callers, such as metadata keys, are values too. */
function describePaths(error: ZodError): string {
  return error.issues
    .map(({ code, path }) => {
      const names = path.map(String)
      const chosen = names.indexOf('metadata')
      return `${(chosen < 0 ? names : names.slice(0, chosen + 1)).join('.')}: ${code}`
    })
    .join('; ')
    .slice(0, 500)
}

function databaseCode(cause: unknown): string {
  if (!(cause instanceof Error)) return 'unknown'
  if ('errcode' in cause) return `SQLite ${String(cause.errcode)}`
  return 'code' in cause ? `SQLSTATE ${String(cause.code)}` : cause.name
}

const idPattern = /^[\w-]{1,200}$/
const typePattern = /^[\w.]{1,200}$/

/** The id and type of an arbitrary body. */
export function headOf(body: unknown): { readonly id?: string; readonly type?: string } {
  if (typeof body !== 'object' || body === null) return {}
  return {
    ...('id' in body && isText(body.id, idPattern) ? { id: body.id } : {}),
    ...('type' in body && isText(body.type, typePattern) ? { type: body.type } : {}),
  }
}

function isText(value: unknown, pattern: RegExp): value is string {
  return typeof value === 'string' && pattern.test(value)
}

const lists = {
  re: 'refunds',
  pyr: 'refunds',
  ch: 'charges',
  py: 'charges',
  cs: 'checkout_sessions',
} as const satisfies Record<string, ListName>

/** The list that contains the object with an id. */
export function listOf(id: string): ListName | 'unknown' {
  const prefix = id.slice(0, id.indexOf('_'))
  return Object.entries(lists).find(([known]) => known === prefix)?.[1] ?? 'unknown'
}
