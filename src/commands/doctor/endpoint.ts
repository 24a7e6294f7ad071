import type { WebhookEndpoint } from '../../stripe/client/webhook-endpoints.ts'
import { eventTypes } from '../../stripe/facts/registry.ts'
import { type Check, type DoctorContext, type LookUpResult, unwell, well } from './check.ts'
import { readDefaultVersion } from './default-version.ts'

export const webhookPath = '/webhooks/stripe'
/** Since this version refunds have their own events, and no field that we read was moved. */
export const versionMin = '2025-03-31.basil'

/** Checks that Stripe sends the events that we count to our webhook address. */
export const endpoint: Check = {
  name: 'endpoint',
  asksStripe: true,
  look: async (context) => {
    const endpoints = await context.gateway.listWebhookEndpoints()
    const ours = findOurs(endpoints, context.config.publicUrl)
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

/** The endpoints for the events that are counted; thin events (`v2.…`) have one of their own. */
export function findOurs(
  endpoints: readonly WebhookEndpoint[],
  publicUrl: string | undefined,
): readonly WebhookEndpoint[] {
  return endpoints.filter(
    ({ url, enabledEvents }) =>
      isOurs(url, publicUrl) && !enabledEvents.every((type) => type.startsWith('v2.')),
  )
}

function isOurs(url: string, publicUrl: string | undefined): boolean {
  if (publicUrl !== undefined) return url === `${publicUrl}${webhookPath}`
  return URL.canParse(url) && new URL(url).pathname.endsWith(webhookPath)
}

function explainNone(
  endpoints: readonly WebhookEndpoint[],
  { config: { publicUrl } }: DoctorContext,
): string {
  const wanted = `${publicUrl ?? 'https://<your address>'}${webhookPath}`
  const known = endpoints.map(({ url }) => url).join(', ')
  return `Stripe has no endpoint ${wanted} (it has ${known === '' ? 'none' : known}): make it by "npm run setup", or at dashboard.stripe.com/webhooks with the events ${eventTypes.join(', ')}`
}

/** The event types that are counted and that the endpoint does not send. */
export function missingEvents({ enabledEvents }: WebhookEndpoint): readonly string[] {
  return eventTypes.filter((type) => !enabledEvents.includes(type) && !enabledEvents.includes('*'))
}

/** Whether events of this version lack what we read. */
export function isTooOld(version: string): boolean {
  const date = (text: string) => text.slice(0, '2025-03-31'.length)
  return date(version) < date(versionMin)
}

function compareEvents(endpoint: WebhookEndpoint): LookUpResult {
  const missing = missingEvents(endpoint)
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
      `the account's default, not known before the first event: see to it that it is ${versionMin} or later`,
    )
  return !isTooOld(version)
    ? well('version', `${version}${origin}`)
    : unwell(
        'version',
        `the endpoint sends events of ${version}${origin}: make a new one with ${versionMin} or later`,
      )
}
