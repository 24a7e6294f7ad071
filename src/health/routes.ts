import { AppError } from '../errors.ts'
import type { AddRoutes } from '../http/api.ts'

export interface HealthOptions {
  /** False once the process is stopping. */
  readonly isServing: () => boolean
  /** Whether the counters equal the committed totals. */
  readonly canExpose: () => boolean
  /** Rejects if nothing can be recorded. */
  readonly requireWritable: () => Promise<unknown>
  /** Reads the committed totals. */
  readonly readLedger: () => Promise<unknown>
}

/** `/healthz`: the process is alive. `/readyz`: the ledger is writable and the counters are restored. */
export function healthRoutes({
  isServing,
  canExpose,
  requireWritable,
  readLedger,
}: HealthOptions): AddRoutes {
  return (api) => {
    api.get('/healthz', (context) => context.json({ status: 'alive' }))
    api.get('/readyz', async (context) => {
      if (!isServing()) throw new AppError('not_ready', 'the service is stopping')
      if (!canExpose())
        throw new AppError('not_ready', 'the counters do not stand at the committed totals yet')
      await requireWritable()
      await readLedger().catch((cause: unknown) => {
        throw new AppError('not_ready', 'the ledger cannot be read', { cause })
      })
      return context.json({ status: 'ready' })
    })
  }
}
