import { parseArgs } from 'node:util'
import { reportFigures } from '../proof/report-figures.ts'
import { urlOf } from '../support/location.ts'
import { cpuSeconds, pidOf, residentMegabytes } from '../support/process-usage.ts'
import { answerHelp } from '../support/script-help.ts'
import { runEntry } from '../support/service.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { fillLedger } from './fill-ledger.ts'
import { openPlaces } from './places.ts'

answerHelp('bench:move')

/**
 * How long `npm run move-ledger` takes from a SQLite file to a PostgreSQL on the same machine, with everything that it
 * compares, and how much memory its process holds at most.
 */
const { values } = parseArgs({ options: { facts: { type: 'string', default: '1000000' } } })
const sampleEveryMs = 100

await using stack = new AsyncDisposableStack()
const from = await (await openPlaces('sqlite', stack))('ledger')
const to = await (await openPlaces('postgres', stack))('ledger')
await fillLedger(from, Number(values.facts))

const beganAt = performance.now()
const environment = {
  DATABASE_URL: urlOf(from),
  STRIPE_SECRET_KEY: 'sk_test_none',
  STRIPE_WEBHOOK_SECRET: 'whsec_none',
}
const running = runEntry(stack, { folder: temporaryFolder(stack), environment }, [
  'move-ledger',
  '--to',
  urlOf(to),
])
let megabytes = 0
let cpu = 0
const timer = setInterval(() => {
  const pid = pidOf(running)
  const resident = running.isAlive() ? residentMegabytes(pid) : Number.NaN
  // A process that has just ended has none.
  if (Number.isNaN(resident)) return
  megabytes = Math.max(megabytes, resident)
  cpu = cpuSeconds(pid)
}, sampleEveryMs)
const exitCode = await running.exited
clearInterval(timer)
if (exitCode !== 0) throw new Error(`the move failed: ${running.errorText()}`)
const seconds = (performance.now() - beganAt) / 1000
process.stdout.write(`${running.outputText()}\n`)
process.stdout.write(
  `${values.facts} facts moved and compared in ${seconds.toFixed(1)} s: ` +
    `${Math.round(Number(values.facts) / seconds)} a second, ` +
    `${cpu.toFixed(1)} s of CPU and at most ${Math.round(megabytes)} MB of memory in the process\n`,
)
reportFigures({ facts: Number(values.facts), seconds, cpuSeconds: cpu, megabytes })
