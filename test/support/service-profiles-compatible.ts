import { textAnswer } from './fake-channels.ts'
import { json, readText, type ServiceProfile } from './service-profile.ts'

const example = 'slack+https://<host>/<path of the incoming webhook>'

/**
 * `ok`: https://docs.mattermost.com/developers/integrate/webhooks/incoming. Errors (AppError):
 * https://github.com/mattermost/mattermost/blob/master/server/public/model/utils.go. A long text is split into several
 * posts (`splitWebhookPost`): https://github.com/mattermost/mattermost/blob/master/server/channels/app/webhook.go.
 */
const mattermost: ServiceProfile = {
  example,
  address: 'slack+https://chat.example.com/hooks/canarycompatible1234567890',
  secrets: ['canarycompatible1234567890'],
  path: '/hooks/canarycompatible1234567890',
  examine: ({ body }) =>
    readText(body.text) === ''
      ? json(400, { id: 'web.incoming_webhook.text.app_error', message: 'No text specified.' })
      : undefined,
  confirms: textAnswer(200, 'ok', { 'content-type': 'text/plain' }),
  receipt: 'slack-compatible:ok',
  lengthMax: 4_000,
  textOf: (body) => readText(body.text).replaceAll('\u200b', ''),
  limits: textAnswer(429, 'limit exceeded', { 'retry-after': '2' }),
  refuses: json(400, {
    id: 'web.incoming_webhook.invalid.app_error',
    message: 'Invalid webhook canarycompatible1234567890.',
    status_code: 400,
  }),
  refusal: 'the channel answered 400: Invalid webhook [secret].',
  mumbles: textAnswer(200, '<html>a proxy</html>'),
  dropsRepeats: false,
}

/**
 * `success`, and `error` with 404 or 400: https://docs.rocket.chat/docs/integrations and
 * https://github.com/RocketChat/Rocket.Chat/blob/develop/apps/meteor/app/integrations/server/api/api.ts.
 * `Message_MaxAllowedSize` is 5000 by default and counts what is sent:
 * https://github.com/RocketChat/Rocket.Chat/blob/develop/apps/meteor/app/lib/server/functions/processWebhookMessage.ts.
 */
const rocketChat: ServiceProfile = {
  ...mattermost,
  address: 'slack+https://rocket.example.com/hooks/65f0c0ffee/canaryRocket1234567890',
  secrets: ['canaryRocket1234567890', '65f0c0ffee'],
  path: '/hooks/65f0c0ffee/canaryRocket1234567890',
  examine: ({ body }) =>
    readText(body.text).length > 5_000
      ? json(400, { success: false, error: 'Message size exceeds Message_MaxAllowedSize' })
      : undefined,
  confirms: json(200, { success: true }),
  limits: json(429, { success: false, error: 'error-too-many-requests' }, { 'retry-after': '2' }),
  refuses: json(404, { success: false, error: 'Invalid integration id or token provided.' }),
  refusal: 'the channel answered 404: Invalid integration id or token provided.',
  mumbles: json(200, { success: false }),
}

/**
 * https://docs.discord.com/developers/resources/webhook#execute-slackcompatible-webhook: `wait` is true by default,
 * `mrkdwn` is not read. What else it does is Discord's own, see its profile.
 */
const discordForSlack: ServiceProfile = {
  ...mattermost,
  address:
    'slack+https://canary.discord.com/api/webhooks/223704706495545344/canary_ForSlack-1/slack',
  secrets: ['canary_ForSlack-1'],
  path: '/api/v10/webhooks/223704706495545344/canary_ForSlack-1/slack?wait=true',
  examine: ({ body }) =>
    [...readText(body.text)].length > 2_000
      ? json(400, { message: 'Invalid Form Body', code: 50035, errors: {} })
      : undefined,
  lengthMax: 2_000,
  refusalOfTooLong: 'the channel answered 400: Invalid Form Body',
  limits: json(429, { message: 'You are being rate limited.', retry_after: 2 }),
  refuses: json(404, { message: 'Unknown Webhook canary_ForSlack-1', code: 10015 }),
  refusal: 'the channel answered 404: Unknown Webhook [secret]',
  mumbles: { status: 204 },
}

/** Services that take the JSON of Slack's incoming webhooks. */
export const compatibleProfiles = { mattermost, rocketChat, discordForSlack }
