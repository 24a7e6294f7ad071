import { AppError } from '../../errors.ts'
import { isLoopback } from '../../http/loopback.ts'
import type { WebhookEndpoint } from '../../stripe/client/gateway.ts'
import { endpointVersion, setupKeyName } from '../../stripe/client/setup-gateway.ts'
import { isRefusedByStripe } from '../../stripe/client/stripe-error.ts'
import { eventTypes } from '../../stripe/facts/registry.ts'
import { lostEventsType } from '../../stripe/webhook/thin-event.ts'
import { findOurs, isTooOld, missingEvents, versionMin, webhookPath } from '../doctor/endpoint.ts'
import type { SetupContext } from './setup-context.ts'
import type { Made, Step } from './step.ts'

/** Stripe keeps an idempotency key for 24 hours at least: https://docs.stripe.com/api/idempotent_requests */
const recallMsMax = 23 * 3_600_000

/** The steps for the webhook endpoint, and for the second one, which gets thin events. */
export async function planEndpoints(context: SetupContext): Promise<readonly Step[]> {
  const { publicUrl } = context.config
  const name = 'endpoint'
  const reason = whyUnreachable(publicUrl, context)
  if (publicUrl === undefined || reason !== undefined)
    return [{ state: 'hand', name, text: reason ?? '' }]
  const url = `${publicUrl}${webhookPath}`
  return [...(await planEndpoint(context, url)), await planThinEndpoint(context, url)]
}

function whyUnreachable(publicUrl: string | undefined, { config }: SetupContext) {
  if (publicUrl === undefined || isLoopback(new URL(publicUrl).hostname))
    return 'set PUBLIC_URL to where Stripe reaches the service, such as https://pay.example.com, and run setup again; for development use "stripe listen", which prints a secret'
  if (config.mode === 'live' && !publicUrl.startsWith('https:'))
    return 'PUBLIC_URL begins with http:, and Stripe sends live events by https alone: put a proxy with TLS in front, and correct PUBLIC_URL'
  return undefined
}

async function planEndpoint(context: SetupContext, url: string): Promise<readonly Step[]> {
  const { gateway, setup, config } = context
  const name = 'endpoint'
  const ours = findOurs(await gateway.listWebhookEndpoints(), config.publicUrl)
  const found = ours.find(({ status }) => status === 'enabled') ?? ours[0]
  const wanted = { url, events: eventTypes }
  if (found === undefined)
    return [
      {
        state: 'make',
        name,
        text: `${url}, with ${eventTypes.length} event types, version ${endpointVersion}`,
        make: async () => toMade(url, await setup.createEndpoint(wanted)),
      },
    ]
  if (found.apiVersion !== null && isTooOld(found.apiVersion))
    return [
      {
        state: 'hand',
        name,
        text: `${found.id} sends events of ${found.apiVersion}, and Stripe does not change that: delete it at dashboard.stripe.com/webhooks and run setup again, which makes one with ${versionMin} or later. The sweep records what happens in between`,
      },
    ]
  return [planChange(context, found), ...planSecret(context, found, url)]
}

function toMade(url: string, { id, secret }: { id: string; secret: string | undefined }): Made {
  const advice = secret === undefined ? `; ${revealAdvice(id)}` : ''
  return { text: `${url} (${id})${advice}`, secret }
}

function revealAdvice(id: string): string {
  return `Stripe shows its signing secret no more by the API: reveal that of ${id} at dashboard.stripe.com/webhooks and put it into STRIPE_WEBHOOK_SECRET, or delete it there and run setup again`
}

function planChange({ setup }: SetupContext, endpoint: WebhookEndpoint): Step {
  const { id, url, status, enabledEvents } = endpoint
  const missing = missingEvents(endpoint)
  const changes = [
    ...(status === 'enabled' ? [] : [`enable it, which is ${status}`]),
    ...(missing.length === 0 ? [] : [`add ${missing.join(', ')}`]),
  ]
  const name = 'endpoint'
  if (changes.length === 0) return { state: 'ready', name, text: `${url} (${id})` }
  return {
    state: 'make',
    name,
    text: `${url} (${id}): ${changes.join('; ')}`,
    make: async () => {
      await setup.updateEndpoint(id, [...enabledEvents, ...missing])
      return { text: `${url} (${id}): ${changes.join('; ')}` }
    },
  }
}

/** The secret of an endpoint that exists, where the settings have none. */
function planSecret(
  { setup, config, now }: SetupContext,
  { id, createdAt, metadata }: WebhookEndpoint,
  url: string,
): readonly Step[] {
  if (config.stripe.webhookSecrets.length > 0) return []
  const name = 'secret'
  const key = metadata[setupKeyName]
  if (key === undefined || now() - createdAt > recallMsMax)
    return [{ state: 'hand', name, text: `STRIPE_WEBHOOK_SECRET is missing. ${revealAdvice(id)}` }]
  return [
    {
      state: 'make',
      name,
      text: `ask Stripe again for the signing secret of ${id}, which a former run created`,
      make: async () => {
        const secret = await setup.recallSecret({ url, events: eventTypes }, id, key)
        if (secret === undefined) throw new AppError('stripe_rejected', revealAdvice(id))
        return { text: `that of ${id}`, secret }
      },
    },
  ]
}

/** Stripe reports events that it failed to generate as thin events, to a destination of their own. */
async function planThinEndpoint({ setup, config }: SetupContext, url: string): Promise<Step> {
  const name = 'thin endpoint'
  try {
    const all = await setup.listThinEndpoints()
    const found = all.find((one) => one.url === url && one.events.includes(lostEventsType))
    if (found?.status === 'enabled' && config.stripe.webhookSecrets.length > 1)
      return { state: 'ready', name, text: `${url} (${found.id})` }
    if (found?.status === 'enabled')
      return {
        state: 'note',
        name,
        text: `${url} (${found.id}) is there, and STRIPE_WEBHOOK_SECRET needs its secret beside the other endpoint's, after a comma. ${revealAdvice(found.id)}`,
      }
    if (found !== undefined)
      return {
        state: 'note',
        name,
        text: `${found.id} is ${found.status}: enable it in Stripe's Workbench`,
      }
    return {
      state: 'make',
      name,
      isOptional: true,
      text: `${url}, thin events, ${lostEventsType}`,
      make: async () =>
        toMade(url, await setup.createThinEndpoint({ url, events: [lostEventsType] })),
    }
  } catch (failure) {
    if (!isRefusedByStripe(failure) || !(failure instanceof Error)) throw failure
    return {
      state: 'note',
      name,
      text: `${failure.message.replace(/\.$/, '')}. ${thinAdvice(url)}`,
    }
  }
}

/** The service does without: the reconcile finds what was lost, an hour later. */
function thinAdvice(url: string): string {
  return `The service does without it; to have it, add an event destination in Stripe's Workbench for ${url}, with thin events of the type ${lostEventsType}`
}
