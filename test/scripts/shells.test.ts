import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import manifest from '../../package.json' with { type: 'json' }
import lockfile from '../../package-lock.json' with { type: 'json' }
import { fetchOnce } from '../support/fetch-once.ts'
import { freePort } from '../support/loopback.ts'
import { run } from '../support/run-process.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { testStack } from '../support/test-stack.ts'
import { until } from '../support/until.ts'

const root = new URL('../..', import.meta.url).pathname

/** The commands of every script: npm gives its line to `sh -c` on POSIX, and to `cmd.exe /d /s /c` on Windows. */
const commands = Object.entries(manifest.scripts).flatMap(([name, line]) =>
  line.split(' && ').map((command, at, all) => ({ name, command, isLast: at === all.length - 1 })),
)

test('no script has anything that cmd.exe reads otherwise than a POSIX shell', () => {
  // Variables, quotes, escapes, other operators, redirections, substitutions and patterns; an assignment in front.
  const differs = commands.filter(({ command }) => /['"\\$`%^;|&<>*?~(){}!]|^\w+=/.test(command))
  expect(differs).toEqual([])
})

test('every script begins a program that npm installs on each platform', () => {
  const programs = commands.map(({ command }) => command.replace(/^exec /, '').split(' ')[0] ?? '')
  const installed = [...new Set(programs)].filter((program) => program !== 'node')
  expect(installed.filter((one) => !existsSync(join(root, 'node_modules/.bin', one)))).toEqual([])
})

test('every script replaces its shell by its last program, and cmd.exe finds what stands in for that', () => {
  const kept = commands.filter(({ isLast, command }) => isLast && !command.startsWith('exec '))
  expect(kept).toEqual([])
  expect(commands.filter(({ isLast, command }) => !isLast && /^exec /.test(command))).toEqual([])
  expect(readFileSync(join(root, 'exec.cmd'), 'utf8')).toMatch(/^@%\*$/m)
})

test('npm brings Node for Linux, macOS and Windows', () => {
  const entries = Object.entries(lockfile.packages)
  const platforms = Object.keys(manifest.optionalDependencies).flatMap((name) => {
    const [, entry] = entries.find(([path]) => path === `node_modules/${name}`) ?? []
    if (!name.startsWith('node-') || entry === undefined || !('os' in entry)) return []
    return `${entry.os} ${'cpu' in entry ? entry.cpu : 'arm64'}`
  })
  expect(platforms.toSorted()).toEqual([
    'darwin arm64',
    'darwin x64',
    'linux arm64',
    'linux x64',
    'win32 x64',
  ])
})

/** A folder in which `npm start` runs the service as it is here, which notes its process id. */
function openProject(start: string): string {
  const folder = join(temporaryFolder(), 'project')
  mkdirSync(join(folder, 'src'), { recursive: true })
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ scripts: { start } }))
  writeFileSync(
    join(folder, 'src/start.mjs'),
    `import { writeFileSync } from 'node:fs'
writeFileSync('process-id', String(process.pid))
await import(${JSON.stringify(pathToFileURL(join(root, 'src/start.mjs')))})
`,
  )
  return folder
}

/** Runs `npm start` until the service answers, and ends npm by SIGTERM as a supervisor does. */
async function startAndEnd(start: string) {
  const port = String(await freePort())
  const folder = openProject(start)
  const npm = run(testStack(), {
    command: 'npm',
    args: ['start', '--script-shell', '/bin/sh'],
    folder,
    keptChars: 1_000_000,
    environment: {
      PATH: [dirname(process.execPath), process.env.PATH].join(delimiter),
      HOME: process.env.HOME,
      DATABASE_URL: 'sqlite:./ledger.db',
      PORT: port,
      EMULATOR_PORT: '0',
      OTEL_EXPORTER_PROMETHEUS_PORT: '0',
      DRAIN_DELAY: '0s',
    },
  })
  await npm.line((line) => line.includes('"msg":"ready"'))
  const service = Number(readFileSync(join(folder, 'process-id'), 'utf8'))
  onTestFinished(() => {
    if (isAlive(service)) process.kill(service, 'SIGKILL')
  })
  expect((await fetchOnce(`http://127.0.0.1:${port}/readyz`)).status).toBe(200)
  npm.signal('SIGTERM')
  await until('the service to be gone', () => !isAlive(service), 20_000)
  return { exitCode: await npm.exited, written: npm.outputText() }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

test('SIGTERM to npm stops the service that npm start runs cleanly', async () => {
  const { exitCode, written } = await startAndEnd(manifest.scripts.start)
  expect({ exitCode, written }).toEqual({ exitCode: 0, written: expect.stringMatching(/stopped/) })
})
