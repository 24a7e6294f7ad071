import { setTimeout as sleep } from 'node:timers/promises'
import { fetchOnce } from '../../../support/fetch-once.ts'
import { freePort } from '../../../support/loopback.ts'
import type { Random } from '../../../support/random.ts'
import { startTcpProxy } from '../../../support/tcp-proxy.ts'
import { until } from '../../../support/until.ts'
import { startLoad } from '../../harness/load.ts'
import type { ChaosRun, Scenario } from '../../harness/scenario.ts'
import { createTestBed, type TestBed } from '../../harness/test-bed.ts'
import { type Answer, hangingWork, type SilentServer, startSilentServer } from './hanging.ts'

const shutdownSeconds = 4
/** A machine that is busy needs a moment to end a process. */
const stopMsMax = 2 * shutdownSeconds * 1000
const duringStart = 'a start'

interface Site {
  readonly chaos: ChaosRun
  readonly bed: TestBed
  readonly silent: SilentServer
  readonly worst: { stopMs: number }
}

/** SIGTERM while something hangs: the process ends in its time, with 0, and loses nothing. */
export const shutdown: Scenario = {
  name: 'shutdown',
  summary:
    'SIGTERM while a channel, a push, a reader, Stripe, the database, the log or a start hangs',
  engines: ['sqlite', 'postgres'],
  isTimed: true,
  rounds: { small: 0, full: 100 },
  run: async (chaos) => {
    const bed = await createTestBed(chaos)
    const silent = await startSilentServer(chaos.stack)
    const site: Site = { chaos, bed, silent, worst: { stopMs: 0 } }
    const hasDatabase = chaos.engine === 'postgres'
    const names = [
      ...Object.keys(hangingWork).filter((name) => hasDatabase || name !== 'database'),
      duringStart,
    ]
    const violations: string[] = []
    const wanted = chaos.random.shuffle(
      Array.from({ length: chaos.rounds }, (_, at) => names[at % names.length] ?? ''),
    )
    for (const [at, name] of wanted.entries()) {
      const broken = name === duringStart ? await stopStart(site) : await stopHanging(site, name)
      violations.push(...broken.map((one) => `round ${at + 1}, ${name}: ${one}`))
      if (violations.length > 0) break
    }
    const last = await bed.startAlone()
    violations.push(...(await bed.healed([last.metricsUrl], 60_000)))
    await last.end('SIGTERM')
    return {
      figures: {
        ...Object.fromEntries(
          names.map((name) => [name, wanted.filter((one) => one === name).length]),
        ),
        'longest stop': `${(site.worst.stopMs / 1000).toFixed(1)} s of ${shutdownSeconds}`,
        acknowledged: bed.acknowledged.size,
      },
      violations,
    }
  },
}

const settings = { SHUTDOWN_TIMEOUT: `${shutdownSeconds}s` }

async function stopHanging(site: Site, name: string): Promise<readonly string[]> {
  const { chaos, bed, silent } = site
  const random: Random = chaos.random.fork()
  await using stack = new AsyncDisposableStack()
  const database =
    chaos.engine === 'postgres' ? await startTcpProxy(stack, bed.place.url) : undefined
  const service = await bed.startAlone({
    environment: {
      ...settings,
      ...(database === undefined ? {} : { DATABASE_URL: database.url }),
      ...hangingWork[name]?.environment?.(silent),
    },
  })
  const load = startLoad(bed, { random: random.fork(), paymentsAtOnce: 1 })
  await sleep(random.integer(0, 500))
  const call = (path: string, body: object) =>
    callOnce(`${service.apiUrl}${path}`, bed.apiKey, body)
  const pending = (await hangingWork[name]?.begin({ service, silent, stack, database, call })) ?? []
  const broken = await endInTime(site, service)
  load.abandon()
  const answers = await Promise.all(pending)
  return [
    ...broken,
    ...answers
      .filter(({ status }) => status >= 200 && status < 300)
      .map(({ status, text }) => `what hung was answered ${status}: ${text}`),
    ...(await bed.lostByKill()),
  ]
}

/** The service listens from the start on, and is stopped somewhere between that and ready. */
async function stopStart(site: Site): Promise<readonly string[]> {
  const { chaos, bed, silent } = site
  const port = await freePort()
  const service = bed.start({
    environment: { ...settings, PORT: String(port), STRIPE_API_BASE: silent.url },
  })
  await until(
    'the start to listen',
    async () =>
      (await fetchOnce(`http://127.0.0.1:${port}/healthz`).catch(() => undefined))?.ok === true,
  )
  await sleep(chaos.random.integer(0, 1_000))
  return endInTime(site, service)
}

async function endInTime(
  { worst }: Site,
  service: Pick<ReturnType<TestBed['start']>, 'end' | 'errorText'>,
): Promise<readonly string[]> {
  const askedAt = performance.now()
  const exitCode = await service.end('SIGTERM')
  const stopMs = performance.now() - askedAt
  worst.stopMs = Math.max(worst.stopMs, stopMs)
  return [
    ...(exitCode === 0 ? [] : [`it ended with ${exitCode}: ${service.errorText()}`]),
    ...(stopMs <= stopMsMax ? [] : [`it took ${Math.round(stopMs)} ms to end`]),
  ]
}

async function callOnce(url: string, apiKey: string, body: object): Promise<Answer> {
  try {
    const answer = await fetchOnce(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${apiKey}` },
      body: JSON.stringify(body),
    })
    return { status: answer.status, text: await answer.text() }
  } catch (cause) {
    return { status: 0, text: String(cause) }
  }
}
