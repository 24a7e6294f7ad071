import { parseArgs } from 'node:util'
import { reportFigures } from '../proof/report-figures.ts'
import { answerHelp } from '../support/script-help.ts'
import { type FuzzReport, runTarget } from './run-target.ts'
import { targets } from './targets.ts'

answerHelp('fuzz')

/**
 * `npm run fuzz -- [target…] [--full] [--factor F] [--count N] [--seed N]`: checks generated inputs, a tenth
 * of the full number unless told otherwise. Ends with 1 at the first failure of a target, with the smallest
 * input that shows it.
 */
function print(line: string): void {
  return void process.stdout.write(`${line}\n`)
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    full: { type: 'boolean', default: false },
    factor: { type: 'string', default: '0.1' },
    count: { type: 'string' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000_000) },
  },
})
const [factor, seed] = [values.full ? 1 : Number(values.factor), Number(values.seed)]
const unknown = positionals.filter((name) => targets.every((target) => target.name !== name))
if (unknown.length > 0 || !(factor > 0) || !Number.isSafeInteger(seed)) {
  const known = targets.map(({ name }) => name).join(', ')
  print(
    `fuzz: npm run fuzz -- [target...] [--full] [--factor F] [--count N] [--seed N], of the targets ${known}`,
  )
  process.exit(2)
}

const reports: FuzzReport[] = []
for (const target of targets) {
  if (positionals.length > 0 && !positionals.includes(target.name)) continue
  const count = Number(values.count ?? Math.ceil(target.sizes.full * factor))
  print(`${target.name}: ${count} inputs, seed ${seed}`)
  try {
    const report = await runTarget(target, count, seed)
    reports.push(report)
    const { slowestMs, memoryGrowthBytes, counts } = report
    print(
      `  at most ${slowestMs.toFixed(1)} ms of CPU, ${(memoryGrowthBytes / 1_048_576).toFixed(1)} MiB more held; ${JSON.stringify(counts)}`,
    )
  } catch (cause) {
    print(cause instanceof Error ? cause.message : String(cause))
    process.exitCode = 1
  }
}
reportFigures({ targets: reports })
