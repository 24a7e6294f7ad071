import { createServer } from 'node:http'
import { connect } from 'node:net'
import { z } from 'zod'
import { listenOnLoopback } from '../../../support/loopback.ts'
import type { TcpProxy } from '../../../support/tcp-proxy.ts'
import { until } from '../../../support/until.ts'
import type { ReadyService } from '../../harness/test-bed.ts'

/** A server that takes requests and never answers them. */
export interface SilentServer {
  readonly url: string
  /** The paths that were asked for since the last call. */
  takePaths(): readonly string[]
}

export async function startSilentServer(stack: AsyncDisposableStack): Promise<SilentServer> {
  let paths: string[] = []
  const server = createServer((request) => void paths.push(request.url ?? ''))
  const port = await listenOnLoopback(stack, server)
  return {
    url: `http://127.0.0.1:${port}`,
    takePaths: () => {
      const taken = paths
      paths = []
      return taken
    },
  }
}

interface Hanging {
  readonly service: ReadyService
  readonly silent: SilentServer
  readonly stack: AsyncDisposableStack
  readonly database: TcpProxy | undefined
  call(path: string, body: object): Promise<Answer>
}

/** Of a call of the service's API; the status is 0 where the connection broke. */
export interface Answer {
  readonly status: number
  readonly text: string
}

/** What hangs while the service is stopped. */
export interface HangingWork {
  readonly environment?: (silent: SilentServer) => Readonly<Record<string, string>>
  readonly isPossible?: (database: TcpProxy | undefined) => boolean
  /** Resolves once it hangs, with the calls whose outcome is not known: they may not be answered 2xx. */
  begin(hanging: Hanging): Promise<readonly Promise<Answer>[]>
}

function asked(silent: SilentServer, path: RegExp): Promise<void> {
  return until(`a request for ${path}`, () => silent.takePaths().some((one) => path.test(one)))
}

function openSocket({ stack }: Hanging, url: string, head: string): Promise<void> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  socket.on('error', () => undefined)
  stack.defer(() => void socket.destroy())
  socket.pause()
  return new Promise((resolve) => void socket.write(head, () => resolve()))
}

/** By name, each round one. */
export const hangingWork: Readonly<Record<string, HangingWork>> = {
  channel: {
    environment: ({ url }) => ({
      CHANNEL_HOOK: `${url}/hook#whsec_${Buffer.alloc(24, 1).toString('base64')}`,
    }),
    begin: async ({ silent, call }) => {
      const id = await createHookCampaign(call)
      const posting = call(`/v1/campaigns/${id}/posts`, {})
      await asked(silent, /hook/)
      return [posting]
    },
  },
  push: {
    environment: ({ url }) => ({
      OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: `${url}/v1/metrics`,
      OTEL_METRIC_EXPORT_INTERVAL: '500',
      OTEL_METRIC_EXPORT_TIMEOUT: '400',
    }),
    begin: async ({ silent }) => {
      await asked(silent, /metrics/)
      return []
    },
  },
  'reader of a page': {
    begin: async (hanging) => {
      const head = 'GET /metrics HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n'
      for (let count = 0; count < 5; count += 1)
        await openSocket(hanging, hanging.service.metricsUrl, head.repeat(50))
      return []
    },
  },
  'half a request': {
    begin: async (hanging) => {
      const head =
        'POST /webhooks/stripe HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 1000\r\n\r\nx'
      for (let count = 0; count < 5; count += 1)
        await openSocket(hanging, hanging.service.apiUrl, head)
      return []
    },
  },
  Stripe: {
    environment: ({ url }) => ({ STRIPE_API_BASE: url }),
    begin: async ({ silent, call }) => {
      silent.takePaths()
      const buying = call('/v1/checkout-sessions', { plan: 'starter' })
      await asked(silent, /prices|sessions/)
      return [buying]
    },
  },
  database: {
    isPossible: (database) => database !== undefined,
    begin: async ({ database, call }) => {
      database?.swallow()
      return [call('/v1/checkout-sessions', { plan: 'starter' })]
    },
  },
  log: {
    begin: async ({ service }) => {
      service.child.stdout.destroy()
      service.child.stderr.destroy()
      return []
    },
  },
}

const campaignSchema = z.object({ id: z.string() })

async function createHookCampaign(call: Hanging['call']): Promise<string> {
  const { text } = await call('/v1/campaigns', {
    name: 'Hanging',
    messages: ['Our plans are out.'],
    cron: '0 0 1 1 *',
    channel: 'hook',
  })
  return campaignSchema.parse(JSON.parse(text)).id
}
