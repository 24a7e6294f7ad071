import { type ServiceAnswer, textAnswer } from './fake-channels.ts'
import { json, readText, type ServiceProfile, takesOnlyJson } from './service-profile.ts'
import { compatibleProfiles } from './service-profiles-compatible.ts'

const token = '110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw'
const webhookSecret = Buffer.alloc(32, 9).toString('base64')

/**
 * Errors in words: https://core.telegram.org/bots/api#making-requests; their texts:
 * https://github.com/tdlib/telegram-bot-api/blob/master/telegram-bot-api/Client.cpp.
 * Waits: https://core.telegram.org/bots/api#responseparameters.
 * Lengths, 1 to 4096 characters after entities parsing: https://core.telegram.org/bots/api#sendmessage.
 */
const telegram: ServiceProfile = {
  example: 'telegram://<bot token>@<chat id>',
  address: `telegram://${token}@-1001234567890`,
  secrets: [token, 'AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw'],
  path: `/bot${token}/sendMessage`,
  examine: (received) => {
    const { chat_id: chat } = received.body
    const text = readText(received.body.text)
    if (typeof chat !== 'string' || chat === '') return refusedByTelegram('chat_id is empty')
    if (text === '') return refusedByTelegram('message text is empty')
    return text.length > 4_096 ? refusedByTelegram('message is too long') : undefined
  },
  confirms: json(200, { ok: true, result: { message_id: 42, chat: { id: -1001234567890 } } }),
  receipt: 'telegram:42',
  lengthMax: 4_096,
  textOf: (body) => readText(body.text),
  refusalOfTooLong: 'the channel answered 400: Bad Request: message is too long',
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
}

function refusedByTelegram(words: string): ServiceAnswer {
  return json(400, { ok: false, error_code: 400, description: `Bad Request: ${words}` })
}

/**
 * `ok` and the errors: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks#handling_errors.
 * Waits: https://docs.slack.dev/apis/web-api/rate-limits. A text of more than 40,000 characters is cut, and confirmed
 * all the same: https://api.slack.com/changelog/2018-04-truncating-really-long-messages, which advises 4,000.
 */
const slack: ServiceProfile = {
  example: 'https://hooks.slack.com/services/T…/B…/…',
  address: 'https://hooks.slack.com/services/T024BE7LD/B024BE7LH/canarySlack1234567890abc',
  secrets: ['canarySlack1234567890abc', 'T024BE7LD'],
  path: '/services/T024BE7LD/B024BE7LH/canarySlack1234567890abc',
  examine: ({ body }) => {
    const text = readText(body.text)
    if (text === '') return textAnswer(400, 'no_text')
    return text.length > 40_000 ? textAnswer(500, 'this test fails: Slack would cut it') : undefined
  },
  confirms: textAnswer(200, 'ok'),
  receipt: 'slack:ok',
  lengthMax: 4_000,
  textOf: (body) => readText(body.text),
  limits: textAnswer(429, 'rate_limited', { 'retry-after': '2' }),
  refuses: textAnswer(404, 'no_service canarySlack1234567890abc'),
  refusal: 'the channel answered 404: no_service [secret]',
  mumbles: textAnswer(200, '<html>a proxy</html>'),
  dropsRepeats: false,
}

/**
 * https://docs.discord.com/developers/resources/webhook#execute-webhook: 204 without `wait`, 2000 characters.
 * Errors: https://docs.discord.com/developers/reference#error-messages. Their codes:
 * https://docs.discord.com/developers/topics/opcodes-and-status-codes#json-json-error-codes.
 * Waits, in seconds from version 8 on: https://docs.discord.com/developers/topics/rate-limits.
 */
const discord: ServiceProfile = {
  example: 'https://discord.com/api/webhooks/<id>/<token>',
  address: 'https://discord.com/api/webhooks/223704706495545344/canary_Discord-3d89bb7572e0fb30d8',
  secrets: ['canary_Discord-3d89bb7572e0fb30d8'],
  path: '/api/v10/webhooks/223704706495545344/canary_Discord-3d89bb7572e0fb30d8?wait=true',
  examine: ({ path, body }) => {
    const text = readText(body.content)
    if (text === '') return json(400, { message: 'Cannot send an empty message', code: 50006 })
    if ([...text].length > 2_000)
      return json(400, { message: 'Invalid Form Body', code: 50035, errors: {} })
    return path.includes('wait=true') ? undefined : { status: 204 }
  },
  confirms: json(200, { id: '1234567890123', type: 0 }),
  receipt: 'discord:1234567890123',
  lengthMax: 2_000,
  textOf: (body) => readText(body.content).replaceAll(/\\(.)/g, '$1'),
  refusalOfTooLong: 'the channel answered 400: Invalid Form Body',
  limits: json(429, { message: 'You are being rate limited.', retry_after: 2, global: false }),
  refuses: json(404, {
    message: 'Unknown Webhook canary_Discord-3d89bb7572e0fb30d8',
    code: 10015,
  }),
  refusal: 'the channel answered 404: Unknown Webhook [secret]',
  mumbles: { status: 204 },
  dropsRepeats: false,
}

/**
 * A receiver of Standard Webhooks, which may refuse what is not signed and drops what it has:
 * https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md. The length is our own.
 */
const generic: ServiceProfile = {
  example: 'https://host/path#whsec_<base64 secret>',
  address: `https://news.example.com/canary-hook?key=canary-key#whsec_${webhookSecret}`,
  secrets: [webhookSecret, 'canary-hook', 'canary-key'],
  path: '/canary-hook?key=canary-key',
  examine: ({ headers }) =>
    ['webhook-id', 'webhook-timestamp', 'webhook-signature'].every((name) => name in headers)
      ? undefined
      : { status: 401 },
  confirms: { status: 204 },
  receipt: 'post_1',
  lengthMax: 10_000,
  textOf: ({ data }) =>
    typeof data === 'object' && data !== null && 'text' in data ? readText(data.text) : '',
  limits: { status: 429, headers: { 'retry-after': '2' } },
  refuses: textAnswer(410, 'gone canary-hook'),
  refusal: 'the receiver answered 410',
  dropsRepeats: true,
}

/** Every service that a channel may lead to, each with the sources of what it does. */
export const profiles: Readonly<Record<string, ServiceProfile>> = Object.fromEntries(
  Object.entries({ telegram, slack, discord, ...compatibleProfiles, generic }).map(
    ([name, profile]) => [name, takesOnlyJson(profile)],
  ),
)
