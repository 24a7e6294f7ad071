import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { startPostgres } from '../support/postgres-server.ts'
import { run } from '../support/run-process.ts'
import { copyTree } from './copy-tree.ts'
import { coveredFiles } from './covered-files.ts'

/**
 * `npm run mutation [-- <file…>]`: Stryker's mutants of the core's files, each with its narrow tests, in
 * a copy of the tree. Prints what survived and a table. Stryker is installed on the first run, in a folder of
 * its own: it would make `npm ci` heavier by 177 packages.
 */
const strykerFolder = join(import.meta.dirname, 'stryker')

const reportSchema = z.object({
  files: z.record(
    z.string(),
    z.object({
      source: z.string(),
      mutants: z.array(
        z.object({
          mutatorName: z.string(),
          replacement: z.string().optional(),
          status: z.string(),
          location: z.object({ start: z.object({ line: z.int(), column: z.int() }) }),
        }),
      ),
    }),
  ),
})

type FileReport = z.infer<typeof reportSchema>['files'][string]

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
  const rows: object[] = []
  for (const file of files) {
    const row = await mutate(stack, folder, url, file)
    process.stdout.write(`${JSON.stringify(row)}\n`)
    rows.push(row)
  }
  // biome-ignore lint/suspicious/noConsole: a table for a person is what this program is for
  console.table(rows)
}

async function install(stack: AsyncDisposableStack): Promise<void> {
  const args = ['ci', '--ignore-scripts', '--legacy-peer-deps']
  const environment = { HOME: process.env.HOME }
  const npm = run(stack, { command: 'npm', args, folder: strykerFolder, environment })
  if ((await npm.exited) !== 0) throw new Error(`npm ci: ${npm.errorText()}`)
}

async function mutate(stack: AsyncDisposableStack, folder: string, url: string, file: string) {
  const tests = coveredFiles[file]
  if (tests === undefined) throw new RangeError(`covered-files.ts has no tests for ${file}`)
  const startedAt = performance.now()
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
    environment: { HOME: process.env.HOME, TEST_POSTGRES_URL: url },
  })
  if ((await stryker.exited) !== 0)
    throw new Error(`${file}: ${stryker.outputText()}${stryker.errorText()}`)
  const text = readFileSync(join(folder, 'reports/mutation/mutation.json'), 'utf8')
  const report = reportSchema.parse(JSON.parse(text)).files[file]
  if (report === undefined) throw new Error(`Stryker reported nothing of ${file}`)
  writeSurvivors(file, report)
  return { file, ...count(report), seconds: Math.round((performance.now() - startedAt) / 1000) }
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

function count({ mutants }: FileReport) {
  const of = (...statuses: readonly string[]) =>
    mutants.filter(({ status }) => statuses.includes(status)).length
  const [killed, late, survived] = [of('Killed'), of('Timeout'), of('Survived', 'NoCoverage')]
  const percent = Math.round((100 * (killed + late)) / (killed + late + survived))
  return { killed, late, survived, percent }
}

function writeSurvivors(file: string, { source, mutants }: FileReport): void {
  const lines = source.split('\n')
  for (const { status, location, mutatorName, replacement = '' } of mutants)
    if (status === 'Survived' || status === 'NoCoverage')
      process.stdout.write(
        `${file}:${location.start.line} ${status} ${mutatorName}\n  - ${lines[location.start.line - 1]?.trim()}\n  + ${replacement.slice(0, 120)}\n`,
      )
}
