import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { z } from 'zod'
import type { Engine } from '../../../src/database/engine.ts'
import { openReceiver } from '../../support/channel-receiver.ts'
import { startEmulatorProcess } from '../../support/emulator-process.ts'
import { urlOf } from '../../support/location.ts'
import { mustBeReady, startService } from '../../support/service.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { until } from '../../support/until.ts'
import { openPlaces } from '../places.ts'
import { median } from '../programs.ts'
import { prepareLoad } from '../send-load.ts'
import { type Disturbance, type DisturbanceName, disturbances } from './kinds.ts'

export interface DisturbanceOptions {
  readonly engine: Engine
  readonly names: readonly DisturbanceName[]
  readonly rounds: number
  readonly seconds: number
  /** Stripe's payments that sweeps and reconciles read, all of them counted before. */
  readonly paymentCount: number
}

const connections = 64
const probeFile = new URL('loop-probe.mjs', import.meta.url).pathname
const probeLine = z.object({ longestMs: z.number(), p99Ms: z.number() })
const never = '0 0 1 1 *'

type Figures = Readonly<Record<'p50Ms' | 'p99Ms' | 'maxMs' | 'loopP99Ms' | 'loopLongestMs', number>>

/** A row for each disturbance, with the medians of the rounds. */
export async function measureDisturbances(options: DisturbanceOptions): Promise<readonly object[]> {
  await using stack = new AsyncDisposableStack()
  const bed = await openBed(stack, options)
  const perSecond = Math.round((await bed.measureTopRate()) / 2)
  const measured = new Map<DisturbanceName, Figures[]>(options.names.map((name) => [name, []]))
  for (let round = 0; round < options.rounds; round += 1)
    for (const name of options.names) {
      measured.get(name)?.push(await bed.measure(disturbances[name], perSecond))
      process.stderr.write('.')
    }
  process.stderr.write('\n')
  return [...measured].map(([name, all]) => ({
    beside: name,
    'sent per second': perSecond,
    'p50, ms': middle(all, 'p50Ms'),
    'p99, ms': middle(all, 'p99Ms'),
    'longest, ms': middle(all, 'maxMs'),
    'loop held, p99, ms': middle(all, 'loopP99Ms'),
    'loop held at most, ms': middle(all, 'loopLongestMs'),
  }))
}

async function openBed(stack: AsyncDisposableStack, options: DisturbanceOptions) {
  const folder = temporaryFolder(stack)
  const stripe = await startEmulatorProcess(stack, [`--file=${join(folder, 'stripe.db')}`])
  const place = await openPlaces(options.engine, stack)
  const location = await place('ledger')
  const channel = await openReceiver(stack)
  let seed = Date.now() % 1_000_000

  const start = async ({ environment = {}, prepare }: Disturbance) => {
    const file = join(folder, 'loop.json')
    const service = startService(stack, {
      folder,
      nodeArgs: ['--import', probeFile],
      environment: {
        DATABASE_URL: urlOf(location),
        STRIPE_SECRET_KEY: stripe.secretKey,
        STRIPE_WEBHOOK_SECRET: stripe.webhookSecret,
        STRIPE_API_BASE: stripe.url,
        CHANNEL_NEWS: channel.address,
        SWEEP_SCHEDULE: never,
        RECONCILE_SCHEDULE: never,
        LOOP_PROBE_FILE: file,
        ...environment,
      },
    })
    const disturbed = { ...(await mustBeReady(service)), channel }
    await prepare?.(disturbed)
    const loop = async () => {
      rmSync(file, { force: true })
      service.signal('SIGUSR2')
      let text = ''
      await until('the probe to write', () => {
        text = readIfThere(file)
        return text.endsWith('\n')
      })
      return probeLine.parse(JSON.parse(text))
    }
    return { service, disturbed, loop }
  }

  const send = async (apiUrl: string, perSecond?: number) => {
    seed += 1
    const requests = Math.ceil((perSecond ?? 4_000) * options.seconds)
    const load = await prepareLoad(stack, {
      apiUrl,
      secret: stripe.webhookSecret,
      requests,
      seed,
      connections,
      perSecond,
      seconds: options.seconds,
    })
    return await load.send()
  }

  return {
    measureTopRate: async (): Promise<number> => {
      await stripe.pay('success', options.paymentCount)
      const { service, disturbed } = await start({})
      await send(disturbed.apiUrl)
      const { answered, seconds } = await send(disturbed.apiUrl)
      await service.end('SIGTERM')
      return answered / seconds
    },
    measure: async (disturbance: Disturbance, perSecond: number): Promise<Figures> => {
      const { service, disturbed, loop } = await start(disturbance)
      await send(disturbed.apiUrl, perSecond)
      if (disturbance.isAtTheMinute) await justBeforeTheMinute()
      await loop()
      const over = new AbortController()
      const beside = disturbance.run?.(disturbed, over.signal)
      const { latencyMs } = await send(disturbed.apiUrl, perSecond)
      const { longestMs, p99Ms } = await loop()
      over.abort()
      await beside
      for (const { id } of await campaignsOf(disturbed.apiUrl))
        await fetch(`${disturbed.apiUrl}/v1/campaigns/${id}`, { method: 'DELETE' })
      await service.end('SIGTERM')
      const { p50, p99, max } = latencyMs
      return { p50Ms: p50, p99Ms: p99, maxMs: max, loopP99Ms: p99Ms, loopLongestMs: longestMs }
    },
  }
}

/** Two seconds before a minute begins. */
async function justBeforeTheMinute(): Promise<void> {
  const untilMs = 58_000 - (Date.now() % 60_000)
  await wait(untilMs < 0 ? untilMs + 60_000 : untilMs)
}

const campaignsSchema = z.object({ data: z.array(z.object({ id: z.string() })) })

async function campaignsOf(apiUrl: string) {
  const answer = await fetch(`${apiUrl}/v1/campaigns?limit=100`)
  return campaignsSchema.parse(await answer.json()).data
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

function middle(all: readonly Figures[], figure: keyof Figures): number {
  return Number(median(all.map((one) => one[figure])).toFixed(1))
}
