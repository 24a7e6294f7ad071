import type { AppDependencies } from '../../src/app.ts'
import { verifySignature } from '../../src/stripe/verify-signature.ts'

export type Variant = Pick<AppDependencies, 'receive' | 'recordBatchMax'>

/** The service as it is, and with one part exchanged. */
export const variants: Readonly<Record<string, Variant>> = {
  countinghouse: {},
  'verb replaced by verify-and-answer': {
    receive: async (rawBody, header, { secrets, now }) => {
      verifySignature(rawBody, header, secrets, now())
      return 'new'
    },
  },
  'one transaction per event': { recordBatchMax: 1 },
}
