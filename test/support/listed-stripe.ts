import type { ServerResponse } from 'node:http'
import { startReceiver } from './receiver.ts'
import { testStack } from './test-stack.ts'

/** Of Stripe's lists, those that the sync jobs read. */
export type ListPath = '/v1/events' | '/v1/charges' | '/v1/refunds' | '/v1/checkout/sessions'

interface ListedObject {
  readonly id: string
  /** Whole seconds. */
  readonly created: number
}

export interface ListCall {
  readonly path: ListPath
  readonly startingAfter: string | undefined
  readonly createdFrom: number
  readonly createdTo: number
}

export interface OwnAnswer {
  readonly status?: number
  readonly body: unknown
  /** The answer's `Date`, in milliseconds. */
  readonly date?: number
}

/** A Stripe that has an account and lists, and misbehaves where it is told to. */
export interface ListedStripe {
  readonly url: string
  /** The calls of lists so far. */
  readonly calls: ListCall[]
  /** The objects of each list, newest first. */
  readonly lists: Record<ListPath, readonly ListedObject[]>
  /** An object as it is sent, for lists too long to be held in full. */
  render: (object: ListedObject, path: ListPath) => object
  /** What is answered instead of a page; `never` leaves the caller waiting. */
  misbehave: (call: ListCall) => OwnAnswer | 'never' | undefined
  /** The object that a path names; none unless it is set. */
  retrieve: (pathname: string) => OwnAnswer | undefined
  /** Its clock, in milliseconds; the real one unless it is set. */
  now: () => number
}

const limit = 100

/** Ends with the running test, or with the stack. */
export async function startListedStripe(
  stack: AsyncDisposableStack = testStack(),
): Promise<ListedStripe> {
  const receiver = await startReceiver((request, response) => {
    const url = new URL(request.url ?? '/', 'http://stripe')
    const answer = answerOf(stripe, url)
    if (answer === 'never') return
    send(response, answer, stripe.now())
  }, stack)
  const stripe: ListedStripe = {
    url: receiver.url,
    calls: [],
    lists: { '/v1/events': [], '/v1/charges': [], '/v1/refunds': [], '/v1/checkout/sessions': [] },
    render: (object) => object,
    misbehave: () => undefined,
    retrieve: () => undefined,
    now: Date.now,
  }
  return stripe
}

function answerOf(stripe: ListedStripe, url: URL): OwnAnswer | 'never' {
  if (url.pathname === '/v1/account') return { body: { id: 'acct_1', object: 'account' } }
  const path = pathOf(url.pathname, stripe)
  if (path === undefined)
    return (
      stripe.retrieve(url.pathname) ?? { status: 404, body: { error: { message: 'no such path' } } }
    )
  const query = url.searchParams
  const call: ListCall = {
    path,
    startingAfter: query.get('starting_after') ?? undefined,
    createdFrom: Number(query.get('created[gte]') ?? 0),
    createdTo: Number(query.get('created[lte]') ?? Number.MAX_SAFE_INTEGER),
  }
  stripe.calls.push(call)
  return stripe.misbehave(call) ?? pageOf(stripe, call)
}

function pathOf(pathname: string, { lists }: ListedStripe): ListPath | undefined {
  const paths = Object.keys(lists) as ListPath[]
  return paths.find((path) => path === pathname)
}

function pageOf({ lists, render }: ListedStripe, call: ListCall): OwnAnswer {
  const { path, startingAfter, createdFrom, createdTo } = call
  const objects = lists[path]
  const before = objects.findIndex(({ id }) => id === startingAfter)
  if (startingAfter !== undefined && before === -1) return noSuch(startingAfter)
  const data: ListedObject[] = []
  for (let index = before + 1; data.length <= limit; index += 1) {
    const object = objects.at(index)
    if (object === undefined || object.created < createdFrom) break
    if (object.created <= createdTo) data.push(object)
  }
  return {
    body: {
      object: 'list',
      has_more: data.length > limit,
      data: data.slice(0, limit).map((object) => render(object, path)),
    },
  }
}

function noSuch(id: string): OwnAnswer {
  const error = {
    type: 'invalid_request_error',
    code: 'resource_missing',
    param: 'starting_after',
    message: `No such object: '${id}'`,
  }
  return { status: 400, body: { error } }
}

function send(response: ServerResponse, { status = 200, body, date }: OwnAnswer, now: number) {
  response.writeHead(status, {
    'content-type': 'application/json',
    'request-id': 'req_1',
    date: new Date(date ?? now).toUTCString(),
  })
  response.end(JSON.stringify(body))
}

/** The event that a payment succeeded, at this second. */
export function succeededEvent(name: string, created: number) {
  return {
    id: `evt_${name}`,
    object: 'event',
    api_version: '2026-10-28.endive',
    type: 'payment_intent.succeeded',
    created,
    livemode: false,
    data: { object: succeededIntent(name, created) },
  }
}

/** The charge of the same payment, with its PaymentIntent. */
export function succeededCharge(name: string, created: number) {
  return {
    id: `ch_${name}`,
    object: 'charge',
    created,
    livemode: false,
    status: 'succeeded',
    paid: true,
    captured: true,
    amount: 2000,
    amount_captured: 2000,
    currency: 'usd',
    payment_intent: succeededIntent(name, created),
  }
}

function succeededIntent(name: string, created: number) {
  return {
    id: `pi_${name}`,
    object: 'payment_intent',
    created,
    livemode: false,
    status: 'succeeded',
    amount: 2000,
    amount_received: 2000,
    currency: 'usd',
    latest_charge: `ch_${name}`,
  }
}
