import { onTestFinished } from 'vitest'
import { listen } from '../../src/http/server.ts'

export interface StripeObject {
  readonly id: string
  readonly object: string
  readonly created: number
  readonly [name: string]: unknown
}

interface OwnAnswer {
  readonly status: number
  readonly body: object
  readonly headers?: Readonly<Record<string, string>>
}

export interface FakeStripeApi {
  readonly url: string
  /** Everything that Stripe has, by id; references are ids, as Stripe stores them. */
  readonly objects: Map<string, StripeObject>
  /** Every call so far, as `GET /v1/charges/ch_1`. */
  readonly calls: string[]
  /** The account in whose context each of them was made; null where it names none. */
  readonly contexts: (string | null)[]
  /** Answers a call instead of Stripe; undefined leaves it to the objects. */
  answer: (call: string, query: URLSearchParams) => OwnAnswer | undefined
  add(...objects: readonly StripeObject[]): void
}

const account = 'acct_1own'

const lists: Readonly<Record<string, string>> = {
  '/v1/charges': 'charge',
  '/v1/refunds': 'refund',
  '/v1/checkout/sessions': 'checkout.session',
  '/v1/events': 'event',
}

/** Stripe's reading API over objects that a test made: lists, single objects, `expand`. */
export async function startFakeStripeApi(): Promise<FakeStripeApi> {
  const objects = new Map<string, StripeObject>()
  const calls: string[] = []
  const contexts: (string | null)[] = []
  const fake: Omit<FakeStripeApi, 'url'> = {
    objects,
    calls,
    contexts,
    answer: () => undefined,
    add: (...added) => {
      for (const object of added) objects.set(object.id, object)
    },
  }
  const server = await listen(
    (request) => {
      const { pathname, searchParams } = new URL(request.url)
      calls.push(`${request.method} ${pathname}`)
      contexts.push(request.headers.get('stripe-context'))
      const own = fake.answer(`${request.method} ${pathname}`, searchParams)
      if (own !== undefined) {
        const { body, ...init } = own
        return Response.json(body, init)
      }
      if (pathname === '/v1/account') return Response.json({ id: account, object: 'account' })
      return lists[pathname] === undefined
        ? retrieve(objects, pathname, searchParams)
        : list(objects, pathname, searchParams)
    },
    { name: 'the fake Stripe', portSetting: 'none', host: '127.0.0.1', port: 0 },
  )
  onTestFinished(() => server.stop(1_000))
  return Object.assign(fake, { url: server.url })
}

function list(
  objects: ReadonlyMap<string, StripeObject>,
  pathname: string,
  query: URLSearchParams,
): Response {
  const charge = query.get('charge')
  const from = Number(query.get('created[gte]') ?? 0)
  const types = [...query].filter(([name]) => name.startsWith('types')).map(([, type]) => type)
  const wanted = [...objects.values()]
    .filter(({ object }) => object === lists[pathname])
    .filter(({ created }) => created >= from)
    .filter((one) => charge === null || one.charge === charge)
    .filter(({ type }) => types.length === 0 || types.includes(String(type)))
    .toSorted((one, other) => other.created - one.created)
  const after = query.get('starting_after')
  const begin = after === null ? 0 : wanted.findIndex(({ id }) => id === after) + 1
  const limit = Number(query.get('limit') ?? 10)
  const data = wanted
    .slice(begin, begin + limit)
    .map((one) => expand(objects, { data: one }, query).data)
  const hasMore = wanted.length > begin + limit
  return Response.json({ object: 'list', url: pathname, has_more: hasMore, data })
}

function retrieve(
  objects: ReadonlyMap<string, StripeObject>,
  pathname: string,
  query: URLSearchParams,
): Response {
  const found = objects.get(decodeURIComponent(pathname.split('/').at(-1) ?? ''))
  if (found !== undefined) return Response.json(expand(objects, { ...found }, query))
  const error = { type: 'invalid_request_error', code: 'resource_missing', message: 'No such one' }
  return Response.json({ error }, { status: 404 })
}

/** Puts objects in the place of the ids that `expand[]` names. */
function expand(
  objects: ReadonlyMap<string, StripeObject>,
  root: Record<string, unknown>,
  query: URLSearchParams,
): Record<string, unknown> {
  const paths = [...query].filter(([name]) => name.startsWith('expand')).map(([, path]) => path)
  const expanded = { ...root }
  for (const path of paths) {
    let target: Record<string, unknown> = expanded
    for (const name of path.split('.')) {
      const value = target[name]
      const object = typeof value === 'string' ? objects.get(value) : value
      if (typeof object !== 'object' || object === null) break
      const copy = { ...object }
      target[name] = copy
      target = copy
    }
  }
  return expanded
}

/** Stripe's answer to a restricted key without the right to a call. */
export const permissionRefusal = {
  status: 403,
  body: {
    error: {
      type: 'invalid_request_error',
      message: 'The provided key does not have the required permissions for this endpoint.',
    },
  },
}
