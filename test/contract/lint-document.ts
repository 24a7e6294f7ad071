import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { run } from '../support/run-process.ts'
import { answerHelp } from '../support/script-help.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { readDocument } from './read-document.ts'

answerHelp('check:api')

/**
 * `npm run check:api`: the recommended rules of Redocly and of Spectral on our OpenAPI document, without an error or a
 * warning. The linters are installed on the first run, in a folder of their own: 243 packages that nothing else needs.
 * They run without the network.
 */
const folder = join(import.meta.dirname, 'linters')

const linters = {
  redocly: ['@redocly/cli/bin/cli.js', 'lint', '--config=redocly.yaml', '--format=json'],
  spectral: [
    '@stoplight/spectral-cli/dist/index.js',
    'lint',
    '--ruleset=spectral.yaml',
    '--fail-severity=hint',
  ],
} as const

const redoclyReport = z.object({
  totals: z.object({ errors: z.int(), warnings: z.int(), ignored: z.int() }),
})

const environment = {
  REDOCLY_TELEMETRY: 'off',
  REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true',
  NO_COLOR: '1',
}

await main()

async function main(): Promise<void> {
  await using stack = new AsyncDisposableStack()
  if (!existsSync(join(folder, 'node_modules'))) await install(stack)
  const file = await writeDocument(stack)
  await lintWithRedocly(stack, file)
  await lintWithSpectral(stack, file)
  process.stdout.write('the OpenAPI document passes the rules of Redocly and Spectral\n')
}

async function install(stack: AsyncDisposableStack): Promise<void> {
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund']
  const npm = run(stack, { command: 'npm', args, folder, environment: process.env })
  if ((await npm.exited) !== 0) throw new Error(`npm ci: ${npm.errorText()}`)
}

async function writeDocument(stack: AsyncDisposableStack): Promise<string> {
  const file = join(temporaryFolder(stack), 'openapi.json')
  writeFileSync(file, await readDocument(stack))
  return file
}

async function lintWithRedocly(stack: AsyncDisposableStack, file: string): Promise<void> {
  const output = await lint(stack, linters.redocly, file)
  const { totals } = redoclyReport.parse(JSON.parse(output.slice(output.indexOf('{'))))
  if (totals.errors + totals.warnings + totals.ignored > 0) throw new Error(`Redocly: ${output}`)
}

async function lintWithSpectral(stack: AsyncDisposableStack, file: string): Promise<void> {
  await lint(stack, linters.spectral, file)
}

async function lint(
  stack: AsyncDisposableStack,
  [program, ...args]: readonly [string, ...string[]],
  file: string,
): Promise<string> {
  const linter = run(stack, {
    command: process.execPath,
    args: [join(folder, 'node_modules', program), ...args, file],
    folder,
    environment,
    keptChars: 100_000,
  })
  if ((await linter.exited) !== 0)
    throw new Error(`${program}: ${linter.outputText()}${linter.errorText()}`)
  return linter.outputText()
}
