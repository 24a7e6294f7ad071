import { createHmac } from 'node:crypto'
import { messageOf } from '../../errors.ts'
import type { EmulatorContext } from '../context.ts'
import type { Delivery } from './deliveries.ts'
import type { HttpClient } from './http-client.ts'

const timeoutMs = 10_000

export interface Sender {
  readonly client: HttpClient
  /** Signs what goes to the connected service. */
  readonly secret: string
  /** Where webhooks of the connected service go; null while there is none: these wait. */
  readonly target: () => string | null
}

interface Place {
  readonly url: string
  readonly secret: string
}

/** Where a delivery goes and whose secret signs it. Undefined for an endpoint that was deleted or disabled since. */
export function placeOf(
  { endpointId }: Delivery,
  { store }: EmulatorContext,
  { target, secret }: Sender,
): Place | undefined {
  if (endpointId !== null) {
    const endpoint = store.find('webhook_endpoint', endpointId)
    if (endpoint?.$ === undefined || endpoint.status !== 'enabled') return undefined
    return { url: endpoint.url, secret: endpoint.$.secret }
  }
  const url = target()
  return url === null ? undefined : { url, secret }
}

/** Why an attempt failed; null if it was accepted. */
export async function attemptOnce(
  { url, secret }: Place,
  payload: string,
  { now }: EmulatorContext,
  { client }: Sender,
): Promise<string | null> {
  try {
    const { status } = await client.send(url, {
      method: 'POST',
      headers: {
        accept: '*/*',
        'content-type': 'application/json; charset=utf-8',
        'stripe-signature': signatureOf(payload, secret, Math.floor(now() / 1_000)),
        'user-agent': 'Stripe/1.0 (+https://stripe.com/docs/webhooks)',
      },
      body: payload,
      timeoutMs,
    })
    return status >= 200 && status < 300 ? null : `answered ${status}`
  } catch (cause) {
    return messageOf(cause)
  }
}

/** The `Stripe-Signature` header for a payload sent at this second. */
function signatureOf(payload: string, secret: string, atSeconds: number): string {
  const signature = createHmac('sha256', secret).update(`${atSeconds}.${payload}`).digest('hex')
  return `t=${atSeconds},v1=${signature}`
}
