import type { DatabaseSync } from 'node:sqlite'
import { StripeError } from './stripe-error.ts'

export interface KeptAnswer {
  readonly status: number
  readonly answer: string
}

export interface Idempotency {
  /**
   * Marks the key as in progress, or returns its earlier response.
   * Throws `idempotency_error`: 400 for another request under the key, 409 while the first one runs.
   */
  begin(key: string, path: string, form: string): KeptAnswer | undefined
  keep(key: string, path: string, form: string, answer: KeptAnswer): void
  end(key: string): void
}

const keyLengthMax = 255

/** Stripe's idempotency keys, stored in the emulator's file. */
export function createIdempotency(database: DatabaseSync): Idempotency {
  const find = database.prepare('select request, status, answer from idempotency where key = ?')
  const insert = database.prepare(
    'insert into idempotency (key, request, status, answer) values (?, ?, ?, ?) on conflict do nothing',
  )
  const underWay = new Set<string>()
  const requestText = (path: string, form: string) => JSON.stringify([path, form])

  return {
    begin: (key, path, form) => {
      if (key.length > keyLengthMax)
        throw refusal(400, `Idempotency keys are at most ${keyLengthMax} characters long.`)
      if (underWay.has(key))
        throw refusal(
          409,
          `There is currently another in-progress request using this Idempotent Key (that probably means you submitted twice, and the other request is still going through): ${key}. Please try again later.`,
          'idempotency_key_in_use',
        )
      const kept = find.get(key)
      if (!kept) {
        underWay.add(key)
        return undefined
      }
      if (kept.request !== requestText(path, form))
        throw otherRequest(key, String(kept.request), path)
      return { status: Number(kept.status), answer: String(kept.answer) }
    },
    keep: (key, path, form, { status, answer }) => {
      insert.run(key, requestText(path, form), status, answer)
    },
    end: (key) => {
      underWay.delete(key)
    },
  }
}

function refusal(status: 400 | 409, message: string, code?: string) {
  return new StripeError(status, { type: 'idempotency_error', message, ...(code && { code }) })
}

function otherRequest(key: string, request: string, path: string) {
  const samePath = request.startsWith(`[${JSON.stringify(path)},`)
  const rule = samePath
    ? 'with the same parameters they were first used with'
    : 'for the same endpoint they were first used for'
  return refusal(
    400,
    `Keys for idempotent requests can only be used ${rule}. Try using a key other than '${key}' if you meant to execute a different request.`,
  )
}
