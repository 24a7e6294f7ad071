import { parseArgs } from 'node:util'
import { reportFigures } from '../proof/report-figures.ts'
import { answerHelp } from '../support/script-help.ts'
import { type Line, measureBigLedger } from './measure-big-ledger.ts'
import { openPlaces } from './places.ts'

answerHelp('bench:big')

/**
 * What a ledger of ten million facts costs, beside one of a thousand and an empty one, on both
 * engines: restoring, recording, and webhooks while people read pages. Ends with 1 when a target is
 * missed.
 */
const { values } = parseArgs({
  options: {
    facts: { type: 'string', default: '10000000' },
    engine: { type: 'string', multiple: true, default: ['sqlite', 'postgres'] },
    slices: { type: 'string', default: '40' },
    rounds: { type: 'string', default: '5' },
  },
})
const factCount = Number(values.facts)
const slices = Number(values.slices)
const rounds = Number(values.rounds)

const engines = {
  sqlite: { factsPerSlice: 5_000, webhooksPerSecond: 500 },
  postgres: { factsPerSlice: 2_000, webhooksPerSecond: 250 },
} as const
type EngineName = keyof typeof engines

async function measure(engine: EngineName): Promise<readonly Line[]> {
  await using stack = new AsyncDisposableStack()
  return await measureBigLedger(engine, await openPlaces(engine, stack), {
    factCount,
    slices,
    rounds,
    ...engines[engine],
    restores: 30,
    turnsForMs: 8_000,
    webhookSeconds: 5,
    tell,
  })
}

function tell(text: string): void {
  process.stderr.write(`${text}\n`)
}

function isEngine(name: string): name is EngineName {
  return name in engines
}

const lines: Line[] = []
for (const engine of values.engine.filter(isEngine)) lines.push(...(await measure(engine)))
reportFigures({ lines })
// biome-ignore lint/suspicious/noConsole: a table for a person is what this program is for
console.table(
  lines.map(({ small, big, compared, isMet, ...line }) => ({
    ...line,
    before: round(small),
    after: round(big),
    compared: Number.isFinite(compared) ? round(compared) : '',
    met: isMet === undefined ? '' : isMet ? 'yes' : 'MISSED',
  })),
)
process.exit(lines.some(({ isMet }) => isMet === false) ? 1 : 0)

function round(value: number): number {
  return Number(value.toPrecision(value < 100 ? 3 : 5))
}
