import { Readable } from 'node:stream'
import type Stripe from 'stripe'

type HttpClient = ReturnType<typeof Stripe.createNodeHttpClient>
type HttpResponse = Awaited<ReturnType<HttpClient['makeRequest']>>

/** A page of 100 objects with all that may be expanded is below 2 MiB. */
const answerBytesMax = 16 * 1024 * 1024

/** The same client, with responses limited to 16 MiB. A larger response fails the call. */
export function boundAnswers(client: HttpClient): HttpClient {
  return {
    getClientName: () => client.getClientName(),
    makeRequest: async (...request) => boundAnswer(await client.makeRequest(...request)),
  }
}

function boundAnswer(response: HttpResponse): HttpResponse {
  return {
    getStatusCode: () => response.getStatusCode(),
    getHeaders: () => response.getHeaders(),
    getRawResponse: () => response.getRawResponse(),
    toStream: (onComplete) => response.toStream(onComplete),
    toJSON: async () => JSON.parse(await readText(response.getRawResponse())),
  }
}

async function readText(raw: unknown): Promise<string> {
  if (!(raw instanceof Readable)) throw new Error('the response is not a stream')
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of raw) {
    bytes += chunk.length
    if (bytes > answerBytesMax)
      throw new Error(`the response has more than ${answerBytesMax} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
