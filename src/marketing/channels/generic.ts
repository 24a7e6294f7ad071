import { createHmac } from 'node:crypto'
import {
  type AddressReading,
  type Channel,
  type ChannelDeps,
  type ChannelKind,
  hasLogin,
  type OutgoingPost,
  type SendOutcome,
} from './channel.ts'
import { type Delivery, deliver } from './deliver.ts'
import { countCodeUnits } from './format.ts'
import { isLoopbackHost } from './loopback-host.ts'
import { cooldownOf, readRetryAfter } from './retry-after.ts'

const example = 'https://host/path#whsec_<base64 secret>'
const secretsMax = 2
const secretPrefix = 'whsec_'
const secretBytesMin = 24
const secretBytesMax = 64

/** Any HTTP receiver, signed by the Standard Webhooks specification. It must ignore repeats of a `webhook-id`. */
export const genericChannel: ChannelKind = {
  example,
  claims: (address) => /^https?:/i.test(address),
  read: (address) => readAddress(address),
}

function readAddress(address: string): AddressReading {
  const [base = '', fragment = ''] = splitAtHash(address)
  if (!URL.canParse(base)) return { problem: `the URL cannot be read: use ${example}` }
  const url = new URL(base)
  if (hasLogin(url))
    return { problem: 'leave user and password out of the URL: the signature proves the sender' }
  if (url.protocol === 'http:' && !isLoopbackHost(url.hostname))
    return { problem: 'use https://: http:// is for loopback addresses alone' }
  const secrets = fragment.split(',').map(readSecret)
  const known = secrets.filter((secret) => secret !== undefined)
  if (known.length < secrets.length || known.length > secretsMax)
    return {
      problem:
        `end the URL with #${secretPrefix} and a base64 secret of ${secretBytesMin} to ` +
        `${secretBytesMax} bytes, for instance from: openssl rand -base64 32; ` +
        'while you replace it, the new and the old one separated by a comma',
    }
  return { open: (deps) => openGeneric(url.href, known, deps) }
}

function splitAtHash(address: string): readonly string[] {
  const at = address.indexOf('#')
  return at < 0 ? [address] : [address.slice(0, at), address.slice(at + 1)]
}

function readSecret(fragment: string): Buffer | undefined {
  const encoded = fragment.slice(secretPrefix.length)
  if (!fragment.startsWith(secretPrefix) || !/^[A-Za-z0-9+/]+={0,2}$/.test(encoded)) return
  const secret = Buffer.from(encoded, 'base64')
  return secret.length >= secretBytesMin && secret.length <= secretBytesMax ? secret : undefined
}

function openGeneric(
  url: string,
  secrets: readonly Buffer[],
  { fetch, now }: ChannelDeps,
): Channel {
  return {
    kind: 'generic',
    lengthMax: 10_000,
    lengthOf: countCodeUnits,
    send: async (post) => {
      const body = toBody(post)
      const delivery = await deliver(fetch, {
        url,
        headers: sign(secrets, post.postId, Math.floor(now() / 1000), body),
        body,
        timeoutMs: post.timeoutMs,
      })
      return toOutcome(delivery, post, now())
    },
  }
}

/** The same bytes for every attempt. */
function toBody({ postId, campaignId, text, scheduledAt, alerts }: OutgoingPost): string {
  const instant = new Date(scheduledAt).toISOString()
  if (alerts !== undefined)
    return JSON.stringify({
      type: 'countinghouse.alert',
      timestamp: instant,
      data: { message_id: postId, text, alerts },
    })
  return JSON.stringify({
    type: 'marketing.post',
    timestamp: instant,
    data: { post_id: postId, campaign_id: campaignId, text, scheduled_at: instant },
  })
}

/**
 * The headers of Standard Webhooks, with one signature for each secret, separated by a space.
 * See https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md#webhook-headers-sent-to-consumers.
 */
function sign(secrets: readonly Buffer[], id: string, timestampSeconds: number, body: string) {
  const signatures = secrets.map((secret) => {
    const hmac = createHmac('sha256', secret).update(`${id}.${timestampSeconds}.${body}`)
    return `v1,${hmac.digest('base64')}`
  })
  return {
    'content-type': 'application/json',
    'user-agent': 'countinghouse',
    'webhook-id': id,
    'webhook-timestamp': String(timestampSeconds),
    'webhook-signature': signatures.join(' '),
  }
}

function toOutcome(delivery: Delivery, post: OutgoingPost, now: number): SendOutcome {
  if (delivery.kind === 'redirected') return { kind: 'failed', reason: delivery.reason }
  if (delivery.kind !== 'answered') {
    const mayHaveArrived = delivery.kind === 'unclear'
    return { kind: 'retry', reason: delivery.reason, mayHaveArrived }
  }
  const { status, headers } = delivery.answer
  if (status >= 200 && status < 300) return { kind: 'sent', receipt: post.postId }
  const reason = `the receiver answered ${status}`
  const waitMs = readRetryAfter(headers, now)
  if (status === 429 || (status === 503 && waitMs !== null))
    return { kind: 'retry', reason, mayHaveArrived: false, ...cooldownOf(waitMs) }
  if (status >= 500) {
    const hold = waitMs === null ? {} : { cooldownMs: waitMs }
    return { kind: 'retry', reason, mayHaveArrived: true, ...hold }
  }
  return { kind: 'failed', reason }
}
