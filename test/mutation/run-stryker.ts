import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { reportFigures } from '../proof/report-figures.ts'
import { startPostgres } from '../support/postgres-server.ts'
import { run } from '../support/run-process.ts'
import { answerHelp } from '../support/script-help.ts'
import { copyTree } from './copy-tree.ts'
import { coveredFiles } from './covered-files.ts'
import { type FileResult, readStrykerReport } from './stryker-report.ts'

answerHelp('mutation')

/**
 * `npm run mutation [-- <file…>]`: Stryker's mutants of the core's files, each with its narrow tests, in
 * a copy of the tree. Prints what survived and a table. Stryker is installed on the first run, in a folder of
 * its own: it would make `npm ci` heavier by 177 packages.
 */
const strykerFolder = join(import.meta.dirname, 'stryker')

await main()

async function main(): Promise<void> {
  const given = process.argv.slice(2)
  const files = given.length === 0 ? Object.keys(coveredFiles) : given
  await using stack = new AsyncDisposableStack()
  if (!existsSync(join(strykerFolder, 'node_modules'))) await install(stack)
  const { url } = await startPostgres(stack)
  const folder = copyTree(stack)
  const packages = 'test/mutation/stryker/node_modules'
  cpSync(join(strykerFolder, 'node_modules'), join(folder, packages), { recursive: true })
  const results: FileResult[] = []
  const failed: string[] = []
  for (const file of files)
    try {
      const startedAt = performance.now()
      const result = await mutate(stack, folder, url, file)
      writeResult(result, (performance.now() - startedAt) / 1000)
      results.push(result)
    } catch (cause) {
      process.stdout.write(`${file}: could not be mutated: ${cause}\n`)
      failed.push(file)
    }
  finish(results, failed)
}

function finish(results: readonly FileResult[], failed: readonly string[]): void {
  const rows = results.map(({ survivors: _survivors, ...row }) => row)
  // biome-ignore lint/suspicious/noConsole: a table for a person is what this program is for
  console.table(rows)
  const sum = (name: 'killed' | 'late' | 'explained' | 'survived') =>
    rows.reduce((all, row) => all + row[name], 0)
  const killed = sum('killed') + sum('late')
  const all = killed + sum('survived')
  const percent = all === 0 ? 100 : Math.round((100 * killed) / all)
  const total = {
    killed,
    late: sum('late'),
    explained: sum('explained'),
    survived: sum('survived'),
  }
  process.stdout.write(`${JSON.stringify({ ...total, percent, failed })}\n`)
  const survivors = results.flatMap((one) => one.survivors.map(({ at }) => at))
  reportFigures({ ...total, percent, survivors })
  process.exitCode = failed.length === 0 ? 0 : 1
}

function writeResult({ survivors, ...row }: FileResult, seconds: number): void {
  for (const { at, line, replacement } of survivors)
    process.stdout.write(`${at}\n  - ${line}\n  + ${replacement}\n`)
  process.stdout.write(`${JSON.stringify({ ...row, seconds: Math.round(seconds) })}\n`)
}

async function install(stack: AsyncDisposableStack): Promise<void> {
  const args = ['ci', '--ignore-scripts', '--legacy-peer-deps']
  const npm = run(stack, { command: 'npm', args, folder: strykerFolder, environment: process.env })
  if ((await npm.exited) !== 0) throw new Error(`npm ci: ${npm.errorText()}`)
}

async function mutate(
  stack: AsyncDisposableStack,
  folder: string,
  url: string,
  file: string,
): Promise<FileResult> {
  const tests = coveredFiles[file]
  if (tests === undefined) throw new RangeError(`covered-files.ts has no tests for ${file}`)
  writeFileSync(join(folder, 'stryker.vitest.ts'), vitestConfig(tests))
  writeFileSync(join(folder, 'stryker.json'), JSON.stringify(strykerConfig(file)))
  const stryker = run(stack, {
    command: process.execPath,
    args: [
      'test/mutation/stryker/node_modules/@stryker-mutator/core/bin/stryker.js',
      'run',
      'stryker.json',
    ],
    folder,
    environment: {
      HOME: process.env.HOME,
      TEST_POSTGRES_URL: url,
      TEST_SERVICE_ENTRY: join(folder, 'src/start.mjs'),
    },
  })
  if ((await stryker.exited) !== 0) throw new Error(`${stryker.outputText()}${stryker.errorText()}`)
  return readStrykerReport(
    readFileSync(join(folder, 'reports/mutation/mutation.json'), 'utf8'),
    file,
  )
}

function vitestConfig(tests: readonly string[]): string {
  return `export default { test: { include: ${JSON.stringify(tests)},
    globalSetup: ['test/support/global-setup.ts'], testTimeout: 60000, hookTimeout: 60000 } }`
}

/** TypeScript 7 lacks what Stryker reads a tsconfig with: it is pointed at none. */
function strykerConfig(file: string): object {
  return {
    mutate: [file],
    testRunner: 'vitest',
    plugins: [
      './test/mutation/stryker/node_modules/@stryker-mutator/vitest-runner/dist/src/index.js',
    ],
    vitest: { configFile: 'stryker.vitest.ts', related: false },
    tsconfigFile: 'none.json',
    ignoreStatic: true,
    coverageAnalysis: 'perTest',
    inPlace: true,
    concurrency: 2,
    timeoutMS: 2_000,
    reporters: ['json'],
    // The text of an error or a log line is not part of the contract.
    mutator: { excludedMutations: ['StringLiteral'] },
  }
}
