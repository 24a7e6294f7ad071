import { Readable } from 'node:stream'
import type Stripe from 'stripe'

type HttpClient = ReturnType<typeof Stripe.createNodeHttpClient>
type HttpResponse = Awaited<ReturnType<HttpClient['makeRequest']>>

/** A page of 100 objects with all that may be expanded is below 2 MiB. */
const answerBytesMax = 16 * 1024 * 1024

/** The socket's timeout begins again with every byte, so a response that trickles in has this deadline as well. */
const readTimeoutMs = 20_000

/**
 * The same client, with responses limited to 16 MiB and 20 s. A larger or slower response fails the call with a
 * `StripeAPIError` that says which limit it was.
 */
export function boundAnswers(client: HttpClient, timeoutMs = readTimeoutMs): HttpClient {
  return {
    getClientName: () => client.getClientName(),
    makeRequest: async (...request) => boundAnswer(await client.makeRequest(...request), timeoutMs),
  }
}

function boundAnswer(response: HttpResponse, timeoutMs: number): HttpResponse {
  return {
    getStatusCode: () => response.getStatusCode(),
    getHeaders: () => response.getHeaders(),
    getRawResponse: () => response.getRawResponse(),
    toStream: (onComplete) => response.toStream(onComplete),
    toJSON: async () => {
      const body = await readBody(response.getRawResponse(), timeoutMs)
      return typeof body === 'string' ? JSON.parse(body) : toErrorBody(body.problem)
    },
  }
}

/** An error as Stripe's API writes it, because of any other failure the client only says "Invalid JSON". */
function toErrorBody(problem: string) {
  return { error: { type: 'api_error', message: problem } }
}

async function readBody(
  raw: unknown,
  timeoutMs: number,
): Promise<string | { readonly problem: string }> {
  if (!(raw instanceof Readable)) throw new Error('the response is not a stream')
  const chunks: Uint8Array[] = []
  let bytes = 0
  let isLate = false
  const deadline = setTimeout(() => {
    isLate = true
    raw.destroy()
  }, timeoutMs)
  try {
    for await (const chunk of raw) {
      bytes += chunk.length
      if (bytes > answerBytesMax)
        return { problem: `the response has more than ${answerBytesMax / 1024 / 1024} MiB` }
      chunks.push(chunk)
    }
  } catch (cause) {
    if (isLate) return { problem: `the response did not end within ${timeoutMs / 1000} s` }
    throw cause
  } finally {
    clearTimeout(deadline)
  }
  return Buffer.concat(chunks).toString('utf8')
}
