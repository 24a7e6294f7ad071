import { type Channel, type ChannelDeps, type ChannelKind, hasLogin } from './channel.ts'
import { type ChatService, toChatOutcome } from './chat-outcome.ts'
import { deliver } from './deliver.ts'
import { countCodeUnits, escapeSlack, type Format, readFormat } from './format.ts'

const example = 'https://hooks.slack.com/services/T…/B…/…'
const hosts: ReadonlySet<string> = new Set(['hooks.slack.com', 'hooks.slack-gov.com'])

/** Slack's incoming webhooks, as pasted: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks */
export const slackChannel: ChannelKind = {
  example,
  claims: (address) => URL.canParse(address) && hosts.has(new URL(address).hostname),
  read: (address) => {
    const url = new URL(address)
    const format = readFormat(url.hash)
    const isHook = /^\/services\/\w+\/\w+\/\w+$/.test(url.pathname)
    if (!isHook || hasLogin(url) || url.protocol !== 'https:' || url.search !== '' || !format)
      return { problem: `paste the URL of the incoming webhook as Slack shows it: ${example}` }
    return { open: (deps) => openSlack(url, format, deps) }
  },
}

function openSlack(url: URL, format: Format, { fetch, now }: ChannelDeps): Channel {
  const service: ChatService = {
    secrets: [url.pathname, ...url.pathname.split('/').slice(2)],
    readReceipt: ({ body }) => (body.trim() === 'ok' ? 'slack:ok' : undefined),
    readReason: ({ body }) => body,
  }
  return {
    kind: 'slack',
    lengthMax: 4_000,
    lengthOf: countCodeUnits,
    send: async ({ text, timeoutMs }) => {
      const delivery = await deliver(fetch, {
        url: `${url.origin}${url.pathname}`,
        headers: { 'content-type': 'application/json', 'user-agent': 'countinghouse' },
        body: JSON.stringify(
          format === 'markup' ? { text } : { text: escapeSlack(text), mrkdwn: false },
        ),
        timeoutMs,
      })
      return toChatOutcome(delivery, service, now())
    },
  }
}
