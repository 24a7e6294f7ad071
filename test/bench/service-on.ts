import type { DatabaseLocation } from '../../src/database/open.ts'
import { urlOf } from '../support/location.ts'
import { pidOf } from '../support/process-usage.ts'
import { mustBeReady, type Service, startService } from '../support/service.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

export const webhookSecret = 'whsec_bench'

export interface ServiceOn extends Pick<Service, 'end'> {
  readonly apiUrl: string
  readonly pid: number
  /** From the start of the process to "ready": restored and listening. */
  readonly readyMs: number
}

/** The service as it is, in its own process, on a ledger that is there already. */
export async function startOn(
  stack: AsyncDisposableStack,
  location: DatabaseLocation,
): Promise<ServiceOn> {
  const startedAt = performance.now()
  const service = startService(stack, {
    folder: temporaryFolder(stack),
    environment: {
      DATABASE_URL: urlOf(location),
      STRIPE_SECRET_KEY: 'sk_test_none',
      STRIPE_WEBHOOK_SECRET: webhookSecret,
      STRIPE_API_BASE: 'http://127.0.0.1:9',
    },
  })
  const { apiUrl } = await mustBeReady(service)
  return { end: service.end, apiUrl, pid: pidOf(service), readyMs: performance.now() - startedAt }
}
