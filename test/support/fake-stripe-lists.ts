/** Of Stripe's lists, those that the sync jobs read. */
export type ListPath = '/v1/events' | '/v1/charges' | '/v1/refunds' | '/v1/checkout/sessions'

export interface ListedObject {
  readonly id: string
  /** Whole seconds. */
  readonly created: number
  readonly [name: string]: unknown
}

/** A call of a list, with what it asks for. */
export interface ListCall {
  readonly path: ListPath
  readonly startingAfter: string | undefined
  readonly createdFrom: number
  readonly createdTo: number
  /** Of events; none: all. */
  readonly types: readonly string[]
  /** Of refunds. */
  readonly charge: string | undefined
  readonly limit: number
}

interface Listed {
  readonly objects: ReadonlyMap<string, ListedObject>
  readonly lists: Readonly<Record<ListPath, readonly ListedObject[]>>
  readonly render: (object: ListedObject, path: ListPath) => object
}

const kinds: Readonly<Record<ListPath, string>> = {
  '/v1/charges': 'charge',
  '/v1/refunds': 'refund',
  '/v1/checkout/sessions': 'checkout.session',
  '/v1/events': 'event',
}

/** A page of a list, newest first; Stripe's refusal of a cursor that it does not know. */
export function readPage(
  listed: Listed,
  call: ListCall,
  finish: (object: object) => object,
): { readonly status?: number; readonly body: object } {
  const { path, startingAfter, createdFrom, createdTo, limit } = call
  const all = listed.lists[path].length > 0 ? listed.lists[path] : objectsOf(listed, path)
  const before = all.findIndex(({ id }) => id === startingAfter)
  if (startingAfter !== undefined && before === -1)
    return missingAnswer(startingAfter, { status: 400, param: 'starting_after' })
  const page: object[] = []
  for (let index = before + 1; page.length <= limit; index += 1) {
    const object = all.at(index)
    if (object === undefined || object.created < createdFrom) break
    if (object.created > createdTo || !isAskedFor(object, call)) continue
    page.push(listed.render(object, path))
  }
  const data = page.slice(0, limit).map(finish)
  return { body: { object: 'list', url: path, has_more: page.length > limit, data } }
}

function objectsOf({ objects }: Listed, path: ListPath): readonly ListedObject[] {
  return [...objects.values()]
    .filter(({ object }) => object === kinds[path])
    .toSorted((one, other) => other.created - one.created)
}

function isAskedFor({ type, charge }: ListedObject, call: ListCall): boolean {
  const isOfType =
    type === undefined || call.types.length === 0 || call.types.includes(String(type))
  return isOfType && (call.charge === undefined || call.charge === charge)
}

/** Stripe's answer about what it does not have. */
export function missingAnswer(
  id: string,
  { status = 404, ...more }: { readonly status?: number; readonly param?: string } = {},
): { readonly status: number; readonly body: object } {
  const message = `No such object: '${id}'`
  const error = { type: 'invalid_request_error', code: 'resource_missing', message, ...more }
  return { status, body: { error } }
}
