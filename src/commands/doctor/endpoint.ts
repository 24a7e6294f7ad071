import type { WebhookEndpoint } from '../../stripe/client/webhook-endpoints.ts'
import { eventTypes } from '../../stripe/facts/registry.ts'
import { type Check, type DoctorContext, type LookUpResult, unwell, well } from './check.ts'
import { readDefaultVersion } from './default-version.ts'

const path = '/webhooks/stripe'
/** Since this version refunds have their own events, and no field that we read was moved. */
const versionMin = '2025-03-31'

/** Checks that Stripe sends the events that we count to our webhook address. */
export const endpoint: Check = {
  name: 'endpoint',
  asksStripe: true,
  look: async (context) => {
    const endpoints = await context.gateway.listWebhookEndpoints()
    const ours = endpoints.filter(({ url }) => isOurs(url, context))
    const one = ours.find(({ status }) => status === 'enabled') ?? ours[0]
    if (one === undefined) return [unwell('endpoint', explainNone(endpoints, context))]
    const usual = await readDefaultVersion(context)
    return [
      one.status === 'enabled'
        ? well('endpoint', one.url)
        : unwell(
            'endpoint',
            `${one.url} is ${one.status}: enable it at dashboard.stripe.com/webhooks`,
          ),
      compareEvents(one),
      compareVersion(one, usual),
      ...(one.apiVersion === null ? [] : [well('default version', usual ?? 'not known: no event')]),
    ]
  },
}

function isOurs(url: string, { config: { publicUrl } }: DoctorContext): boolean {
  if (publicUrl !== undefined) return url === `${publicUrl}${path}`
  return URL.canParse(url) && new URL(url).pathname.endsWith(path)
}

function explainNone(
  endpoints: readonly WebhookEndpoint[],
  { config: { publicUrl } }: DoctorContext,
): string {
  const wanted = `${publicUrl ?? 'https://<your address>'}${path}`
  const known = endpoints.map(({ url }) => url).join(', ')
  return `Stripe has no endpoint ${wanted} (it has ${known === '' ? 'none' : known}): make it at dashboard.stripe.com/webhooks with the events ${eventTypes.join(', ')}`
}

function compareEvents({ enabledEvents }: WebhookEndpoint): LookUpResult {
  const missing = eventTypes.filter(
    (type) => !enabledEvents.includes(type) && !enabledEvents.includes('*'),
  )
  return missing.length === 0
    ? well('events', `all ${eventTypes.length} that are counted`)
    : unwell('events', `the endpoint does not send ${missing.join(', ')}: add them to it`)
}

function compareVersion({ apiVersion }: WebhookEndpoint, usual: string | undefined): LookUpResult {
  const version = apiVersion ?? usual
  const origin = apiVersion === null ? ", the account's default" : ''
  if (version === undefined)
    return well(
      'version',
      `the account's default, not known before the first event: see to it that it is ${versionMin}.basil or later`,
    )
  return version.slice(0, versionMin.length) >= versionMin
    ? well('version', `${version}${origin}`)
    : unwell(
        'version',
        `the endpoint sends events of ${version}${origin}: make a new one with ${versionMin}.basil or later`,
      )
}
