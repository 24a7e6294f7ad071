import { setTimeout as sleep } from 'node:timers/promises'
import { fetchOnce } from '../../../support/fetch-once.ts'
import type { Random } from '../../../support/random.ts'
import { until } from '../../../support/until.ts'
import { withCopy } from '../../harness/books.ts'
import { startLoad } from '../../harness/load.ts'
import type { ChaosRun, Outcome } from '../../harness/scenario.ts'
import { createTestBed, type ReadyService } from '../../harness/test-bed.ts'
import { losses } from './losses.ts'

const noticeMsMax = 30_000
/** By then an answer that had left the process before it was stopped has reached its caller. */
const answersMsMax = 500

/** A SQLite ledger each round, whose files are removed, cut or replaced under the running service. */
export async function loseFiles(chaos: ChaosRun): Promise<Outcome> {
  const names = chaos.random.shuffle(Object.keys(losses))
  const counts: Record<string, number> = {}
  const violations: string[] = []
  let acknowledged = 0
  let refusedStarts = 0
  for (let at = 0; at < chaos.rounds && violations.length === 0; at += 1) {
    const name = names[at % names.length] ?? ''
    counts[name] = (counts[name] ?? 0) + 1
    const outcome = await loseOnce(chaos, name)
    acknowledged += outcome.acknowledged
    refusedStarts += outcome.isStartRefused ? 1 : 0
    violations.push(...outcome.violations.map((one) => `round ${at + 1}, ${name}: ${one}`))
  }
  return { figures: { ...counts, acknowledged, 'starts refused': refusedStarts }, violations }
}

async function loseOnce(chaos: ChaosRun, name: string) {
  const bed = await createTestBed(chaos)
  const path = bed.place.url.slice('sqlite:'.length)
  const service = await bed.startAlone({ keptChars: Number.POSITIVE_INFINITY })
  const random: Random = chaos.random.fork()
  const load = startLoad(bed, { random: random.fork(), paymentsAtOnce: 1 })
  const watch = bed.scrapes.watch(() => [service.metricsUrl], 100)
  await until('something to be acknowledged', () => bed.acknowledged.keys.size > 0)
  await sleep(random.integer(0, 800))

  // The copy has what was committed before the loss, whose answers may still come.
  service.signal('SIGSTOP')
  await sleep(answersMsMax)
  const before = await withCopy(path, bed.folder, async (query) =>
    (await query('select key from facts')).map(({ key }) => String(key)),
  )
  losses[name]?.(path)
  const excused = new Set([...before, ...bed.acknowledged.keys])
  service.signal('SIGCONT')
  const lostAt = Date.now()

  const violations = await refusals(service)
  await sleep(random.integer(0, 1_000))
  const late = [...bed.acknowledged.keys].filter((key) => !excused.has(key))
  if (late.length > 0)
    violations.push(
      ...late.map(
        (key) => `${key} acknowledged ${bed.acknowledged.at(key) - lostAt} ms after the loss`,
      ),
    )
  const explained = service.outputText().split('\n').filter(explainsLoss).length
  if (explained !== 1) violations.push(`${explained} log lines explain the loss`)
  load.abandon()
  const exitCode = await service.end('SIGTERM')
  if (exitCode !== 0) violations.push(`the stop ended with ${exitCode}`)
  await watch.stop()

  const next = bed.start()
  const addresses = await next.ready
  if (addresses !== undefined) {
    await bed.scrapes.read(addresses.metricsUrl)
    await next.end('SIGTERM')
  } else if (!/npm run recover|cannot be opened/.test(next.outputText() + next.errorText()))
    violations.push(`the next start failed without saying what to do: ${next.errorText()}`)
  violations.push(...bed.scrapes.falls)
  await bed.stripe.running.end('SIGTERM')
  return {
    violations,
    acknowledged: bed.acknowledged.size,
    isStartRefused: addresses === undefined,
  }
}

/** Waits until the service says that it is not ready; answers what it still does not refuse. */
async function refusals({ apiUrl, metricsUrl }: ReadyService): Promise<string[]> {
  const statusOf = async (url: string) => (await fetchOnce(url).catch(() => undefined))?.status
  const violations: string[] = []
  for (const url of [`${apiUrl}/readyz`, metricsUrl])
    await until(
      `${url} to answer 503`,
      async () => (await statusOf(url)) === 503,
      noticeMsMax,
    ).catch((cause: unknown) => violations.push(String(cause)))
  return violations
}

/** Each refused request has a line of its own, with the same as its cause. */
function explainsLoss(line: string): boolean {
  return /"msg":"the ledger [^"]* is not what this process opened/.test(line)
}
