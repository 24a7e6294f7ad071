import type { IncomingHttpHeaders } from 'node:http'
import { startReceiver } from './receiver.ts'

/** What a service answers, in its own words. */
interface ServiceAnswer {
  readonly status: number
  readonly body?: string
  readonly headers?: Readonly<Record<string, string>>
}

interface Received {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly text: string
  readonly body: Readonly<Record<string, unknown>>
}

export type ServiceEnd = ServiceAnswer | 'hangs' | 'resets'

/** A local server that stands for any of the services, and a fetch that leads to it. */
export async function openService({ confirms, textOf, longest }: ServiceManners) {
  const received: Received[] = []
  let next: ServiceEnd[] = []
  const { url, close } = await startReceiver((request, response, text) => {
    const body = JSON.parse(text.toString())
    const { url: path = '', headers } = request
    received.push({ path, headers, text: text.toString(), body })
    const isTooLong = String(textOf(body)).length > longest
    const end = next.shift() ?? (isTooLong ? { status: 400, body: 'too long' } : confirms)
    if (end === 'resets') request.socket.resetAndDestroy()
    else if (end !== 'hangs') response.writeHead(end.status, end.headers).end(end.body)
  })
  const toServer: typeof fetch = (input, init) => {
    const { pathname, search } = new URL(String(input))
    return fetch(`${url}${pathname}${search}`, init)
  }
  return {
    received,
    fetch: toServer,
    willDo: (...ends: readonly ServiceEnd[]) => {
      next = [...ends]
    },
    close,
  }
}

export type ServiceManners = Pick<ServiceProfile, 'confirms' | 'textOf' | 'longest'>

/** How each kind of channel is addressed and what its service says, by the kind's example. */
export interface ServiceProfile {
  readonly address: string
  /** What may never be shown of the address. */
  readonly secrets: readonly string[]
  readonly path: string
  readonly confirms: ServiceAnswer
  readonly receipt: string
  readonly textOf: (body: Received['body']) => unknown
  /** A 429 that asks for two seconds. */
  readonly limits: ServiceAnswer
  /** The longest text that it takes, in UTF-16 units, as its documentation says. */
  readonly longest: number
  /** A refusal for good, and the words of it that an operator gets to see. */
  readonly refuses: ServiceAnswer
  readonly refusal: string
  /** 2xx that confirms nothing; undefined where any 2xx confirms. */
  readonly mumbles?: ServiceAnswer
  /** Whether what may have arrived is sent again. */
  readonly dropsRepeats: boolean
}

const token = '110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw'
const webhookSecret = Buffer.alloc(32, 9).toString('base64')
function json(status: number, body: object, headers = {}): ServiceAnswer {
  return {
    status,
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json', ...headers },
  }
}

export const profiles: Readonly<Record<string, ServiceProfile>> = {
  'telegram://<bot token>@<chat id>': {
    address: `telegram://${token}@-1001234567890`,
    secrets: [token, 'AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw'],
    path: `/bot${token}/sendMessage`,
    confirms: json(200, { ok: true, result: { message_id: 42, chat: { id: -1001234567890 } } }),
    receipt: 'telegram:42',
    longest: 4_096,
    textOf: (body) => body.text,
    limits: json(429, {
      ok: false,
      error_code: 429,
      description: 'Too Many Requests: retry after 2',
      parameters: { retry_after: 2 },
    }),
    refuses: json(403, {
      ok: false,
      error_code: 403,
      description: `Forbidden: bot ${token} was kicked`,
    }),
    refusal: 'the channel answered 403: Forbidden: bot [secret] was kicked',
    mumbles: json(200, { ok: true }),
    dropsRepeats: false,
  },
  'https://hooks.slack.com/services/T…/B…/…': {
    address: 'https://hooks.slack.com/services/T024BE7LD/B024BE7LH/canarySlack1234567890abc',
    secrets: ['canarySlack1234567890abc', 'T024BE7LD'],
    path: '/services/T024BE7LD/B024BE7LH/canarySlack1234567890abc',
    confirms: { status: 200, body: 'ok' },
    receipt: 'slack:ok',
    longest: 4_000,
    textOf: (body) => body.text,
    limits: { status: 429, body: 'rate_limited', headers: { 'retry-after': '2' } },
    refuses: { status: 404, body: 'no_service canarySlack1234567890abc' },
    refusal: 'the channel answered 404: no_service [secret]',
    mumbles: { status: 200, body: '<html>a proxy</html>' },
    dropsRepeats: false,
  },
  'https://discord.com/api/webhooks/<id>/<token>': {
    address:
      'https://discord.com/api/webhooks/223704706495545344/canary_Discord-3d89bb7572e0fb30d8',
    secrets: ['canary_Discord-3d89bb7572e0fb30d8'],
    path: '/api/v10/webhooks/223704706495545344/canary_Discord-3d89bb7572e0fb30d8?wait=true',
    confirms: json(200, { id: '1234567890123', type: 0 }),
    receipt: 'discord:1234567890123',
    longest: 2_000,
    textOf: (body) => String(body.content).replaceAll(/\\(.)/g, '$1'),
    limits: json(429, { message: 'You are being rate limited.', retry_after: 2, global: false }),
    refuses: json(404, {
      message: 'Unknown Webhook canary_Discord-3d89bb7572e0fb30d8',
      code: 10015,
    }),
    refusal: 'the channel answered 404: Unknown Webhook [secret]',
    mumbles: { status: 204 },
    dropsRepeats: false,
  },
  // Mattermost's errors: https://github.com/mattermost/mattermost/blob/master/server/public/model/utils.go (AppError).
  'slack+https://<host>/<path of the incoming webhook>': {
    address: 'slack+https://chat.example.com/hooks/canarycompatible1234567890',
    secrets: ['canarycompatible1234567890'],
    path: '/hooks/canarycompatible1234567890',
    confirms: { status: 200, body: 'ok', headers: { 'content-type': 'text/plain' } },
    receipt: 'slack-compatible:ok',
    longest: 4_000,
    textOf: (body) => String(body.text).replaceAll('\u200b', ''),
    limits: { status: 429, body: 'limit exceeded', headers: { 'retry-after': '2' } },
    refuses: json(400, {
      id: 'web.incoming_webhook.invalid.app_error',
      message: 'Invalid webhook canarycompatible1234567890.',
      status_code: 400,
    }),
    refusal: 'the channel answered 400: Invalid webhook [secret].',
    mumbles: { status: 200, body: '<html>a proxy</html>' },
    dropsRepeats: false,
  },
  'https://host/path#whsec_<base64 secret>': {
    address: `https://news.example.com/canary-hook?key=canary-key#whsec_${webhookSecret}`,
    secrets: [webhookSecret, 'canary-hook', 'canary-key'],
    path: '/canary-hook?key=canary-key',
    confirms: { status: 204 },
    receipt: 'post_1',
    longest: 10_000,
    textOf: (body) => (body.data as { readonly text?: unknown } | undefined)?.text,
    limits: { status: 429, headers: { 'retry-after': '2' } },
    refuses: { status: 410, body: `gone canary-hook` },
    refusal: 'the receiver answered 410',
    dropsRepeats: true,
  },
}
