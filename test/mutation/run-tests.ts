import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { run } from '../support/run-process.ts'

export type TestOutcome =
  | { readonly kind: 'passed' | 'timed out' }
  | { readonly kind: 'failed'; readonly test: string }
  /** No test ran, or the code did not load: this proves nothing. */
  | { readonly kind: 'broken'; readonly output: string }

const runTimeoutMs = 300_000

const reportSchema = z.object({
  numPassedTests: z.int(),
  testResults: z.array(
    z.object({
      status: z.string(),
      assertionResults: z.array(z.object({ fullName: z.string(), status: z.string() })),
    }),
  ),
})

export interface TestRun {
  readonly folder: string
  readonly postgresUrl: string
  readonly files: readonly string[]
  readonly named: string | undefined
  /** Whether to stop at the first test that fails. */
  readonly bail: boolean
}

/** Runs test files in a copy of the tree and returns the first test that failed, if one did. */
export async function runTests(testRun: TestRun): Promise<TestOutcome> {
  const { folder, postgresUrl, files, named, bail } = testRun
  const reportFile = join(folder, 'mutation-report.json')
  rmSync(reportFile, { force: true })
  await using stack = new AsyncDisposableStack()
  const running = run(stack, {
    command: process.execPath,
    args: [
      ...['node_modules/vitest/vitest.mjs', 'run', '--config', 'test/vitest.config.ts'],
      ...['--reporter', 'json', '--outputFile', reportFile, '--maxWorkers', '2'],
      ...(bail ? ['--bail', '1'] : []),
      ...(named === undefined ? [] : ['--testNamePattern', named]),
      ...files,
    ],
    folder,
    environment: {
      HOME: process.env.HOME,
      TEST_POSTGRES_URL: postgresUrl,
      TEST_SERVICE_ENTRY: join(folder, 'src/start.mjs'),
      NO_COLOR: '1',
    },
  })
  using timer = setTimeout(() => running.signal('SIGKILL'), runTimeoutMs)
  const code = await running.exited
  timer.close()
  if (code === null) return { kind: 'timed out' }
  const output = `${running.outputText()}${running.errorText()}`
  return existsSync(reportFile)
    ? readReport(readFileSync(reportFile, 'utf8'), output)
    : { kind: 'broken', output }
}

function readReport(text: string, output: string): TestOutcome {
  const { numPassedTests, testResults } = reportSchema.parse(JSON.parse(text))
  const failed = testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .find(({ status }) => status === 'failed')
  if (failed !== undefined) return { kind: 'failed', test: failed.fullName }
  const isBroken = numPassedTests === 0 || testResults.some(({ status }) => status !== 'passed')
  return isBroken ? { kind: 'broken', output } : { kind: 'passed' }
}
