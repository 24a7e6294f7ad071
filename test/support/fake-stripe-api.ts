import type { ServerResponse } from 'node:http'
import {
  type ListCall,
  type ListedObject,
  type ListPath,
  missingAnswer,
  readPage,
} from './fake-stripe-lists.ts'
import { startReceiver } from './receiver.ts'
import { testStack } from './test-stack.ts'

export interface StripeObject extends ListedObject {
  readonly object: string
}

export interface OwnAnswer {
  /** 200 unless it is given. */
  readonly status?: number
  readonly body: unknown
  readonly headers?: Readonly<Record<string, string>>
  /** The answer's `Date`, in milliseconds. */
  readonly date?: number
}

/** A Stripe of which everything can be read that a test put into it, and that misbehaves on demand. */
export interface FakeStripeApi {
  readonly url: string
  /** Everything that Stripe has, by id; references are ids, as Stripe stores them. */
  readonly objects: Map<string, StripeObject>
  add(...objects: readonly StripeObject[]): void
  /** What a list shows instead of the objects of its kind, newest first. */
  readonly lists: Record<ListPath, readonly ListedObject[]>
  /** An object as a list shows it, for lists too long to be held in full. */
  render: (object: ListedObject, path: ListPath) => object
  /** Every call so far, as `GET /v1/charges/ch_1`. */
  readonly calls: string[]
  /** Those of lists. */
  readonly listCalls: ListCall[]
  /** The account in whose context each call was made; null where it names none. */
  readonly contexts: { readonly key: string; readonly context: string | null }[]
  /** Answers a call instead of Stripe; undefined leaves it to the objects. */
  answer: (call: string, query: URLSearchParams) => OwnAnswer | undefined
  /** The same of a page; `never` leaves the caller waiting. */
  answerPage: (call: ListCall) => OwnAnswer | 'never' | undefined
  /** Its clock, in milliseconds; the real one unless it is set. */
  now: () => number
}

const account = { id: 'acct_1own', object: 'account' }

/** Stripe's reading API: lists, single objects, `expand`. Ends with the running test, or with the stack. */
export async function startFakeStripeApi(
  stack: AsyncDisposableStack = testStack(),
): Promise<FakeStripeApi> {
  const { url } = await startReceiver(({ method, url: target = '/', headers }, response) => {
    const { pathname, searchParams } = new URL(target, 'http://stripe')
    const call = `${method} ${pathname}`
    stripe.calls.push(call)
    stripe.contexts.push({
      key: headers.authorization?.replace(/^Bearer /, '') ?? '',
      context: headers['stripe-context']?.toString() ?? null,
    })
    const answer = stripe.answer(call, searchParams) ?? answerOf(stripe, pathname, searchParams)
    if (answer !== 'never') send(response, answer, stripe.now())
  }, stack)
  const stripe: FakeStripeApi = {
    url,
    objects: new Map(),
    add: (...added) => {
      for (const object of added) stripe.objects.set(object.id, object)
    },
    lists: { '/v1/events': [], '/v1/charges': [], '/v1/refunds': [], '/v1/checkout/sessions': [] },
    render: (object) => object,
    calls: [],
    listCalls: [],
    contexts: [],
    answer: () => undefined,
    answerPage: () => undefined,
    now: Date.now,
  }
  return stripe
}

function answerOf(
  stripe: FakeStripeApi,
  pathname: string,
  query: URLSearchParams,
): OwnAnswer | 'never' {
  if (pathname === '/v1/account') return { body: account }
  const call = listCallOf(stripe, pathname, query)
  if (call === undefined) return retrieve(stripe, pathname, query)
  stripe.listCalls.push(call)
  return stripe.answerPage(call) ?? readPage(stripe, call, (one) => expand(stripe, one, query))
}

function listCallOf(
  { lists }: FakeStripeApi,
  pathname: string,
  query: URLSearchParams,
): ListCall | undefined {
  const path = (Object.keys(lists) as ListPath[]).find((one) => one === pathname)
  if (path === undefined) return undefined
  return {
    path,
    startingAfter: query.get('starting_after') ?? undefined,
    createdFrom: Number(query.get('created[gte]') ?? 0),
    createdTo: Number(query.get('created[lte]') ?? Number.MAX_SAFE_INTEGER),
    types: [...query].filter(([name]) => name.startsWith('types')).map(([, type]) => type),
    charge: query.get('charge') ?? undefined,
    limit: Number(query.get('limit') ?? 10),
  }
}

function retrieve(stripe: FakeStripeApi, pathname: string, query: URLSearchParams): OwnAnswer {
  const found = stripe.objects.get(decodeURIComponent(pathname.split('/').at(-1) ?? ''))
  return found === undefined ? missingAnswer(pathname) : { body: expand(stripe, found, query) }
}

/** Puts objects in the place of the ids that `expand[]` names, below `data.` for a list. */
function expand({ objects }: FakeStripeApi, root: object, query: URLSearchParams): object {
  const paths = [...query].filter(([name]) => name.startsWith('expand')).map(([, path]) => path)
  const expanded: Record<string, unknown> = { ...root }
  for (const path of paths) {
    let target = expanded
    for (const name of path.replace(/^data\./, '').split('.')) {
      const value = target[name]
      const object = typeof value === 'string' ? objects.get(value) : value
      if (typeof object !== 'object' || object === null) break
      const copy: Record<string, unknown> = { ...object }
      target[name] = copy
      target = copy
    }
  }
  return expanded
}

function send(
  response: ServerResponse,
  { status = 200, body, headers, date }: OwnAnswer,
  now: number,
): void {
  response.writeHead(status, {
    'content-type': 'application/json',
    'request-id': 'req_1',
    date: new Date(date ?? now).toUTCString(),
    ...headers,
  })
  response.end(JSON.stringify(body))
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
