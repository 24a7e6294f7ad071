import type { Kind, Kinds } from '../objects/kinds.ts'
import { nested, optionalInteger, optionalText } from './params.ts'
import type { Call } from './route.ts'
import { invalidRequest, noSuch } from './stripe-error.ts'

export interface ListAnswer<T> {
  readonly object: 'list'
  readonly data: readonly T[]
  readonly has_more: boolean
  readonly url: string
}

export interface ListFilter<T> {
  readonly groupKeys?: readonly string[]
  /** Only objects created at or after this second. */
  readonly sinceSeconds?: number
  readonly matches?: (object: T) => boolean
}

const limitDefault = 10
const limitMax = 100

/** Stripe's list: newest first, `created`, `limit`, `starting_after` and `ending_before` honoured. */
export function listAnswer<K extends Kind>(
  { unit, params }: Call,
  kind: K,
  url: string,
  filter: ListFilter<Kinds[K]> = {},
): ListAnswer<Kinds[K]> {
  const limit = optionalInteger(params, 'limit') ?? limitDefault
  if (limit < 1 || limit > limitMax)
    throw invalidRequest(`Invalid limit: must be between 1 and ${limitMax}`, { param: 'limit' })
  const position = (param: 'starting_after' | 'ending_before') => {
    const id = optionalText(params, param)
    if (id === null) return undefined
    const found = unit.store.position(kind, id)
    if (found) return found
    throw noSuch(kind.replace('_', ' '), id, param)
  }
  const after = position('starting_after')
  const before = position('ending_before')
  if (after && before)
    throw invalidRequest(
      'You may only specify one of these parameters: ending_before, starting_after.',
    )
  const range = createdRange(params)
  const { items, hasMore } = unit.store.list(kind, {
    limit,
    nowMs: unit.nowMs,
    created: { ...range, min: Math.max(range.min, filter.sinceSeconds ?? 0) },
    ...(after && { after }),
    ...(before && { before }),
    ...filter,
  })
  return { object: 'list', data: items, has_more: hasMore, url }
}

/** `created=…` or `created[gte|gt|lte|lt]=…`, as a range of whole seconds with both ends included. */
function createdRange(params: Call['params']): { min: number; max: number } {
  if (typeof params.created === 'string') {
    const exact = optionalInteger(params, 'created')
    if (exact !== null) return { min: exact, max: exact }
  }
  const range = nested(params, 'created')
  const read = (name: string) => optionalInteger(range, name, `created[${name}]`)
  const [gte, gt, lte, lt] = [read('gte'), read('gt'), read('lte'), read('lt')]
  return {
    min: Math.max(gte ?? 0, gt === null ? 0 : gt + 1),
    max: Math.min(lte ?? Number.MAX_SAFE_INTEGER, lt === null ? Number.MAX_SAFE_INTEGER : lt - 1),
  }
}
