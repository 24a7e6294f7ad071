import Stripe from 'stripe'
import type { AppDependencies } from '../../src/app/app.ts'

export type Variant = Pick<AppDependencies, 'receive' | 'limits'>

/** Verification as Stripe documents it: the signature is checked and the event read from its JSON. */
export function verify(rawBody: string | Buffer, header: string | undefined, secret: string): void {
  Stripe.webhooks.constructEvent(rawBody, header ?? '', secret)
}

/** The service as it is, and with one part exchanged. */
export const variants: Readonly<Record<string, Variant>> = {
  countinghouse: {},
  'verb replaced by verify-and-answer': {
    receive: async (rawBody, header, { secrets }) => {
      verify(rawBody, header, secrets[0] ?? '')
      return 'new'
    },
  },
  'one transaction per event': { limits: { recordBatchMax: 1 } },
}
