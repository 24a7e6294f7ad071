import type { StripeObject } from '../objects/types.ts'
import { render } from '../objects/types.ts'
import type { Store } from '../store/store.ts'
import { type Params, texts } from './params.ts'
import { invalidRequest } from './stripe-error.ts'

const depthMax = 4

/** The response without our own data, with the ids named by `expand[]` replaced by their objects. */
export function expandAnswer(store: Store, answer: object, params: Params): object {
  const result: Record<string, unknown> = { ...visible(answer) }
  if (Array.isArray(result.data)) result.data = result.data.map((item) => ({ ...visible(item) }))
  for (const path of texts(params, 'expand')) {
    const names = path.split('.')
    if (names.length > depthMax) throw cannot(path)
    expandPath(store, result, names, path)
  }
  return result
}

function expandPath(
  store: Store,
  target: Record<string, unknown>,
  names: readonly string[],
  path: string,
): void {
  const [name = '', ...rest] = names
  if (!Object.hasOwn(target, name)) {
    if (name === 'line_items' || name === 'refunds') return
    throw cannot(path)
  }
  const value = target[name]
  if (name === 'data' && Array.isArray(value)) {
    for (const item of value) expandPath(store, item, rest, path)
    return
  }
  const expanded = typeof value === 'string' ? store.findAny(value) : value
  if (typeof expanded !== 'object' || expanded === null) {
    if (value === null || value === undefined) return
    throw cannot(path)
  }
  const copy: Record<string, unknown> = { ...visible(expanded) }
  if (rest.length > 0) expandPath(store, copy, rest, path)
  target[name] = copy
}

function visible(value: object): object {
  return '$' in value ? render(value as StripeObject) : value
}

function cannot(path: string) {
  return invalidRequest(`This property cannot be expanded (${path}).`, { param: 'expand' })
}
