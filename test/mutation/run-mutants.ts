import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { reportFigures } from '../proof/report-figures.ts'
import { startPostgres } from '../support/postgres-server.ts'
import { answerHelp } from '../support/script-help.ts'
import { choose } from './choose-mutants.ts'
import { copyTree } from './copy-tree.ts'
import { applyMutant, type Mutant, type TestedMutant } from './mutant.ts'
import { runTests, type TestOutcome } from './run-tests.ts'

answerHelp('mutants')

/**
 * `npm run mutants [-- id… | --changed-since <commit>] [--sample N [--seed N]] [--unchecked]`: puts one mutant at a
 * time into a copy of the tree and runs the tests that must notice it, after they passed without one (not with
 * `--unchecked`). `--sample` chooses that many at random, and all of files that changed since the last proof. Exits 1
 * when a mutant survives or its tests cannot run.
 */
const laneCount = 2
/** How many test files share a run without a mutant: few enough to end in time. */
const filesPerRun = 4

type Tested = Mutant & TestedMutant

interface Result {
  readonly id: string
  readonly result: string
  readonly seconds: number
  /** The test that failed, or why none did. */
  readonly by: string
}

const resultNames = {
  passed: 'survived',
  failed: 'killed',
  'timed out': 'timed out',
  broken: 'broken',
} as const satisfies Record<TestOutcome['kind'], string>

await main()

async function main(): Promise<void> {
  const startedAt = performance.now()
  const { chosen, isChecked, why } = choose()
  write(why)
  const tested = chosen.filter((mutant) => 'tests' in mutant)
  const explained = chosen.filter((mutant) => 'explained' in mutant)
  const results = tested.length === 0 ? [] : await runAll(tested, isChecked)
  for (const { id, explained: by } of explained)
    results.push({ id, result: 'explained', seconds: 0, by })
  const count = (result: string) => results.filter((one) => one.result === result).length
  const [late, survived, broken] = [count('timed out'), count('survived'), count('broken')]
  // biome-ignore lint/suspicious/noConsole: a table for a person is what this program is for
  console.table(results)
  write(
    `${count('killed') + late} killed, ${explained.length} explained, ${survived} survived` +
      ` (${late} by a time-out, ${broken} broken, ${Math.round(secondsSince(startedAt))} s)`,
  )
  const names = (result: string) =>
    results.filter((one) => one.result === result).map(({ id }) => id)
  reportFigures({
    killed: count('killed') + late,
    'of them by a time-out': late,
    explained: explained.length,
    survived: names('survived'),
    broken: names('broken'),
  })
  process.exitCode = survived + broken === 0 ? 0 : 1
}

async function runAll(tested: readonly Tested[], isChecked: boolean): Promise<Result[]> {
  await using stack = new AsyncDisposableStack()
  const { url: postgresUrl } = await startPostgres(stack)
  const folders = Array.from({ length: laneCount }, () => copyTree(stack))
  const results: Result[] = []
  await inLanes(isChecked ? groupTests(tested) : [], folders, async ({ files, named }, folder) => {
    const outcome = await runTests({ folder, postgresUrl, files, named, bail: false })
    if (outcome.kind !== 'passed')
      throw new Error(`without a mutant ${files.join(', ')} ${named ?? ''}: ${describe(outcome)}`)
  })
  await inLanes(tested, folders, async (mutant, folder) => {
    const result = await runOne(mutant, folder, postgresUrl)
    results.push(result)
    write(`${result.result.padEnd(10)} ${result.id}: ${result.by}`)
  })
  return results
}

interface TestGroup {
  readonly files: readonly string[]
  readonly named: string | undefined
}

/** Every file and name pattern once: they must pass before a failure means anything. */
function groupTests(tested: readonly Tested[]): readonly TestGroup[] {
  const groups = new Map<string, TestGroup>()
  for (const { tests, named } of tested)
    for (const file of tests) groups.set(`${file} ${named ?? ''}`, { files: [file], named })
  const whole = new Set([...groups.values()].filter(isWhole).map(({ files }) => files[0]))
  const rest = [...groups.values()].filter((group) => isWhole(group) || !whole.has(group.files[0]))
  const files = rest.filter(isWhole).flatMap((group) => group.files)
  const wholeGroups: TestGroup[] = []
  for (let first = 0; first < files.length; first += filesPerRun)
    wholeGroups.push({ files: files.slice(first, first + filesPerRun), named: undefined })
  return [...wholeGroups, ...rest.filter((group) => !isWhole(group))]
}

function isWhole({ named }: TestGroup): boolean {
  return named === undefined
}

async function runOne(mutant: Tested, folder: string, postgresUrl: string): Promise<Result> {
  const startedAt = performance.now()
  const path = join(folder, mutant.file)
  const source = readFileSync(path, 'utf8')
  writeFileSync(path, applyMutant(source, mutant))
  try {
    const { tests: files, named } = mutant
    const outcome = await runTests({ folder, postgresUrl, files, named, bail: true })
    return {
      id: mutant.id,
      result: resultNames[outcome.kind],
      seconds: Math.round(secondsSince(startedAt)),
      by: describe(outcome),
    }
  } finally {
    writeFileSync(path, source)
  }
}

function describe(outcome: TestOutcome): string {
  if (outcome.kind === 'failed') return outcome.test
  if (outcome.kind === 'broken') return outcome.output
  return outcome.kind === 'passed' ? 'no test failed' : 'the tests did not end in time'
}

/** Works through `items` with one lane for each folder. */
async function inLanes<T>(
  items: readonly T[],
  folders: readonly string[],
  work: (item: T, folder: string) => Promise<void>,
): Promise<void> {
  const waiting = [...items]
  const lanes = folders.map(async (folder) => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift())
      await work(item, folder)
  })
  await Promise.allSettled(lanes)
  await Promise.all(lanes)
}

function secondsSince(instant: number): number {
  return (performance.now() - instant) / 1000
}

function write(line: string): void {
  process.stdout.write(`${line}\n`)
}
