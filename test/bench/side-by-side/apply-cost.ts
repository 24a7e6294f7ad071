import { createAppliedTotals } from '../../../instrumentation/business/apply-totals.ts'
import { startTelemetry } from '../../../instrumentation/export/meter-providers.ts'

/**
 * How long the counters of the service take for one fact, in nanoseconds: after each commit the new total of its
 * facts is applied. Arguments: how many commits, and how many facts each has.
 */
const [commits = 0, factsPerCommit = 1] = process.argv.slice(2).map(Number)
const { business } = startTelemetry({
  serviceName: 'bench',
  serviceVersion: '0',
  instanceId: 'bench',
  seriesId: undefined,
  resourceAttributes: {},
  warn: () => undefined,
})
const totals = createAppliedTotals(business.meter, ['starter', 'professional', 'enterprise'])
let total = 0

function applyAll(): number {
  const before = process.cpuUsage()
  for (let commit = 0; commit < commits; commit += 1) {
    total += factsPerCommit
    totals.apply([{ counter: 'billing_payments_total', label: 'success', total }])
  }
  const { user, system } = process.cpuUsage(before)
  return ((user + system) * 1000) / (commits * factsPerCommit)
}

applyAll()
process.stdout.write(`${JSON.stringify({ nanoseconds: applyAll() })}\n`)
process.exit(0)
