import { createRoute, z } from '@hono/zod-openapi'
import { AppError } from '../errors.ts'
import type { AddRoutes } from '../http/api.ts'
import { jsonContent, onlyProblems } from '../http/describe.ts'

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

const tags = ['Service']

const aliveRoute = createRoute({
  method: 'get',
  path: '/healthz',
  operationId: 'readLiveness',
  tags,
  summary: 'Read whether the process is alive',
  description: 'For liveness probes. Answers 200 as soon as the server listens.',
  security: [],
  responses: {
    200: jsonContent(z.object({ status: z.literal('alive') }).openapi('Liveness'), 'It is alive.'),
    ...onlyProblems(400),
  },
})

const readyRoute = createRoute({
  method: 'get',
  path: '/readyz',
  operationId: 'readReadiness',
  tags,
  summary: 'Read whether the service is ready',
  description: 'For readiness probes: the ledger is writable and the counters are restored.',
  security: [],
  responses: {
    200: jsonContent(z.object({ status: z.literal('ready') }).openapi('Readiness'), 'It is ready.'),
    ...onlyProblems(400, 500, 503),
  },
})

/** `/healthz`: the process is alive. `/readyz`: the ledger is writable and the counters are restored. */
export function healthRoutes({
  isServing,
  canExpose,
  requireWritable,
  readLedger,
}: HealthOptions): AddRoutes {
  return (api) => {
    api.openapi(aliveRoute, (context) => context.json({ status: 'alive' as const }, 200))
    api.openapi(readyRoute, async (context) => {
      if (!isServing()) throw new AppError('not_ready', 'the service is stopping')
      if (!canExpose())
        throw new AppError('not_ready', 'the counters do not stand at the committed totals yet')
      await requireWritable()
      await readLedger().catch((cause: unknown) => {
        throw new AppError('not_ready', 'the ledger cannot be read', { cause })
      })
      return context.json({ status: 'ready' as const }, 200)
    })
  }
}
