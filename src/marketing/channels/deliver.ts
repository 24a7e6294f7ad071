/** How far one HTTP request to a channel got. */
export type Delivery =
  | { readonly kind: 'answered'; readonly answer: Answer }
  /** A redirect, which is not followed, because the request may contain secrets. */
  | { readonly kind: 'redirected'; readonly reason: string }
  /** It never reached the receiver. */
  | { readonly kind: 'not_delivered'; readonly reason: string }
  /** It may have reached the receiver. */
  | { readonly kind: 'unclear'; readonly reason: string }

export interface Answer {
  readonly status: number
  readonly headers: Headers
  /** The beginning of the body; empty if it could not be read. */
  readonly body: string
}

export interface HttpPost {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly timeoutMs: number
}

/** Sends one POST request. Never rejects. Its reasons do not contain the URL. */
export async function deliver(send: typeof fetch, request: HttpPost): Promise<Delivery> {
  try {
    const response = await send(request.url, {
      method: 'POST',
      headers: request.headers,
      body: request.body,
      redirect: 'error',
      signal: AbortSignal.timeout(request.timeoutMs),
    })
    const { status, headers } = response
    return { kind: 'answered', answer: { status, headers, body: await readBody(response) } }
  } catch (failure) {
    return classify(failure, request.timeoutMs)
  }
}

const bodyBytesMax = 65_536

async function readBody(response: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let length = 0
  try {
    for await (const chunk of response.body ?? []) {
      chunks.push(chunk)
      length += chunk.length
      if (length > bodyBytesMax) break
    }
    return Buffer.concat(chunks).toString()
  } catch {
    return ''
  }
}

function classify(failure: unknown, timeoutMs: number): Delivery {
  if (failure instanceof Error && failure.name === 'TimeoutError')
    return { kind: 'unclear', reason: `no answer within ${timeoutMs / 1000} s` }
  const cause = failure instanceof Error ? failure.cause : undefined
  if (cause instanceof Error && cause.message === 'unexpected redirect')
    return { kind: 'redirected', reason: 'the receiver redirects, which is not followed' }
  const code = codeOf(cause)
  const known = beforeDelivery.get(code)
  if (known !== undefined) return { kind: 'not_delivered', reason: `${known} (${code})` }
  if (/^(ERR_TLS|CERT_|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO)/.test(code))
    return { kind: 'not_delivered', reason: `the receiver's certificate is not trusted (${code})` }
  return { kind: 'unclear', reason: `the connection broke before an answer (${code})` }
}

function codeOf(cause: unknown): string {
  return cause instanceof Error && 'code' in cause && /^[A-Z0-9_]+$/.test(String(cause.code))
    ? String(cause.code)
    : 'no code'
}

/** Error codes of failures before the first byte of a request was sent. */
const beforeDelivery: ReadonlyMap<string, string> = new Map([
  ['ENOTFOUND', "the receiver's host was not found"],
  ['EAI_AGAIN', "the receiver's host could not be looked up"],
  ['ECONNREFUSED', 'the receiver refused the connection'],
  ['EHOSTUNREACH', 'the receiver cannot be reached'],
  ['ENETUNREACH', 'the receiver cannot be reached'],
  ['UND_ERR_CONNECT_TIMEOUT', 'the receiver did not accept the connection in time'],
])
