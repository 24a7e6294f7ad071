import { parseArgs } from 'node:util'
import { answerHelp } from '../support/script-help.ts'
import { fillLedger } from './fill-ledger.ts'
import { msOf } from './page-views.ts'
import { openPlaces } from './places.ts'
import { median } from './programs.ts'
import { startOn } from './service-on.ts'

answerHelp('bench:reads')

/**
 * How long one read of a big ledger takes, alone, by the API and by the operator's page, on both engines. Ends with 1
 * when a target is missed.
 */
const { values } = parseArgs({
  options: {
    facts: { type: 'string', default: '5000000' },
    engine: { type: 'string', multiple: true, default: ['sqlite', 'postgres'] },
    rounds: { type: 'string', default: '11' },
  },
})

interface Read {
  readonly name: string
  readonly path: string
  readonly targetMs: number | undefined
}

const threeYearsAgo = new Date(Date.now() - 1_095 * 86_400_000).toISOString().slice(0, 10)
const reads: readonly Read[] = [
  { name: 'totals', path: '/v1/totals', targetMs: 50 },
  { name: 'three years by day', path: `/v1/stats?from=${threeYearsAgo}`, targetMs: undefined },
  {
    name: 'a page of facts without a match',
    path: '/v1/facts?source=none&limit=1000',
    targetMs: 1_000,
  },
  { name: 'overview', path: '/', targetMs: 300 },
  { name: 'trust', path: '/trust', targetMs: 300 },
]

async function measure(engine: 'sqlite' | 'postgres') {
  await using stack = new AsyncDisposableStack()
  const place = await openPlaces(engine, stack)
  const location = await place('big')
  await fillLedger(location, Number(values.facts))
  const service = await startOn(stack, location)
  const lines = []
  for (const { name, path, targetMs } of reads) {
    const times: number[] = []
    for (let round = 0; round < Number(values.rounds); round += 1)
      times.push(await msOf(`${service.apiUrl}${path}`))
    const [medianMs = 0, maxMs = 0] = [median(times), Math.max(...times)]
    const isMet = targetMs === undefined || medianMs <= targetMs
    lines.push({ engine, read: name, medianMs, maxMs, targetMs, isMet })
  }
  return lines
}

const lines = []
for (const engine of ['sqlite', 'postgres'] as const)
  if (values.engine.includes(engine)) lines.push(...(await measure(engine)))
// biome-ignore lint/suspicious/noConsole: a table for a person is what this program is for
console.table(
  lines.map((line) => ({
    ...line,
    medianMs: Math.round(line.medianMs),
    maxMs: Math.round(line.maxMs),
  })),
)
process.exit(lines.every(({ isMet }) => isMet) ? 0 : 1)
