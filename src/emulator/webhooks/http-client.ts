import { Agent as HttpAgent, request as httpRequest } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'

interface HttpCall {
  readonly method: 'GET' | 'POST'
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  readonly timeoutMs: number
}

interface HttpReply {
  readonly status: number
  readonly body: string
}

export interface HttpClient {
  /** Does not follow redirects. Rejects if no complete response arrives in time. */
  send(url: string, call: HttpCall): Promise<HttpReply>
  close(): void
}

const replyBytesMax = 4 * 1024 * 1024
const socketsMax = 64

/** Plain requests over keep-alive connections: a third of the cost of `fetch`, and less memory. */
export function createHttpClient(): HttpClient {
  const options = { keepAlive: true, maxSockets: socketsMax }
  const agents = { http: new HttpAgent(options), https: new HttpsAgent(options) }
  return {
    send: (url, { method, headers, body, timeoutMs }) =>
      new Promise((resolve, reject) => {
        const secure = url.startsWith('https:')
        const agent = secure ? agents.https : agents.http
        const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }
        const send = secure ? httpsRequest : httpRequest
        const request = send(url, { agent, method, headers: { ...headers, ...length } })
        const deadline = setTimeout(
          () => request.destroy(new Error(`no answer within ${timeoutMs} ms`)),
          timeoutMs,
        )
        request.on('error', reject)
        request.on('close', () => {
          clearTimeout(deadline)
          reject(new Error('the connection was closed before the whole answer came'))
        })
        request.on('response', (response) => {
          const chunks: Buffer[] = []
          let bytes = 0
          response.on('data', (chunk: Buffer) => {
            bytes += chunk.length
            if (bytes > replyBytesMax) request.destroy(new Error('the answer is too large'))
            chunks.push(chunk)
          })
          response.on('error', reject)
          response.on('end', () =>
            resolve({
              status: response.statusCode ?? 0,
              body: Buffer.concat(chunks).toString('utf8'),
            }),
          )
        })
        request.end(body)
      }),
    close: () => {
      agents.http.destroy()
      agents.https.destroy()
    },
  }
}
