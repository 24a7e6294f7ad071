import { createHmac } from 'node:crypto'

/** The `Stripe-Signature` header for a payload sent at this second. */
export function signatureOf(payload: string, secret: string, atSeconds: number): string {
  const signature = createHmac('sha256', secret).update(`${atSeconds}.${payload}`).digest('hex')
  return `t=${atSeconds},v1=${signature}`
}
