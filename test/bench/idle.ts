import { setTimeout as wait } from 'node:timers/promises'
import { reportFigures } from '../proof/report-figures.ts'
import { buildBundle } from '../support/build-bundle.ts'
import { pidOf, residentMegabytes } from '../support/process-usage.ts'
import { answerHelp } from '../support/script-help.ts'
import { mustBeReady, startOptionsOf, startService } from '../support/service.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

answerHelp('bench:idle')

/**
 * How soon the service is ready, counted from the process's start, and how much memory it holds after
 * ten idle seconds: with a Stripe key and with the emulator, from the bundle and from the source, each after a first
 * start that warms Node's compile cache.
 */
const idleMs = 10_000
const nodeArgs = startOptionsOf(new URL('../..', import.meta.url).pathname)

const variants = {
  'with a Stripe key': {
    STRIPE_SECRET_KEY: 'sk_test_none',
    STRIPE_WEBHOOK_SECRET: 'whsec_none',
    STRIPE_API_BASE: 'http://127.0.0.1:9',
  },
  'with the emulator': {},
}

type Environment = Readonly<Record<string, string>>

async function measure(environment: Environment, entry: object, idle: number) {
  await using stack = new AsyncDisposableStack()
  const startedAt = performance.now()
  const folder = temporaryFolder(stack)
  const service = startService(stack, { folder, environment, nodeArgs, ...entry })
  await mustBeReady(service)
  const readyMs = Math.round(performance.now() - startedAt)
  await wait(idle)
  const megabytes = Math.round(residentMegabytes(pidOf(service)))
  await service.end('SIGTERM')
  return { readyMs, residentMegabytes: megabytes }
}

await using shared = new AsyncDisposableStack()
const entries = { bundle: { entry: buildBundle(shared) }, source: {} }
const rows = []
for (const [from, entry] of Object.entries(entries))
  for (const [variant, environment] of Object.entries(variants)) {
    await measure(environment, entry, 0)
    rows.push({ from, variant, ...(await measure(environment, entry, idleMs)) })
  }
reportFigures({ rows })
// biome-ignore lint/suspicious/noConsole: a table for a person is what this program is for
console.table(rows)
