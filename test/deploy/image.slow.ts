import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, copyFileSync, cpSync, mkdirSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, onTestFinished, test } from 'vitest'
import { startEmulator } from '../../src/emulator/start-emulator.ts'
import { endWithUs } from '../support/cleanup.ts'
import { freePort } from '../support/loopback.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { environment, execForm, instructions } from './dockerfile.ts'
import { root } from './repository.ts'

/** Does what the Dockerfile says, in a clean folder for each stage; answers the folder of the last. */
function build(base: string): string {
  const stages = new Map<string, string>()
  let folder = ''
  const inStage = (path: string) => join(folder, path.replace(/^\/app\/?/, ''))
  for (const { verb, text } of instructions) {
    const words = text.split(' ')
    if (verb === 'FROM') {
      folder = join(base, String(stages.size))
      mkdirSync(folder)
      stages.set(words[2] ?? 'last', folder)
    } else if (verb === 'RUN') {
      execFileSync('sh', ['-c', text], { cwd: folder, stdio: 'inherit' })
    } else if (verb === 'COPY') {
      const from = words[0]?.startsWith('--from=') ? words.shift() : undefined
      const source = from === undefined ? root : stages.get(from.slice('--from='.length))
      const target = inStage(words.at(-1) ?? '')
      for (const word of words.slice(0, -1)) {
        const path = word.replace(/^\/app\//, '')
        const isFolder = words.length > 2 || target.endsWith('/') || target === folder
        cpSync(join(source ?? '', path), isFolder ? join(target, basename(path)) : target, {
          recursive: true,
        })
      }
    }
  }
  return folder
}

/** The image's user, where we may become somebody else. */
const user = process.getuid?.() === 0 ? { uid: 1000, gid: 1000 } : {}

test('the Dockerfile’s commands build a service that runs as its user and reports its health', async () => {
  const base = temporaryFolder()
  chmodSync(base, 0o755)
  const app = build(base)
  const node = join(base, 'bin/node')
  mkdirSync(dirname(node))
  copyFileSync(process.execPath, node)
  chmodSync(node, 0o755)

  const emulator = await startEmulator({
    host: '127.0.0.1',
    port: 0,
    file: join(base, 'stripe.db'),
    now: Date.now,
    log: () => undefined,
  })
  onTestFinished(() => emulator.stop())
  const port = String(await freePort())
  const env = {
    ...environment,
    PATH: dirname(node),
    HOME: '/nonexistent',
    HOST: '127.0.0.1',
    OTEL_EXPORTER_PROMETHEUS_HOST: '127.0.0.1',
    OTEL_EXPORTER_PROMETHEUS_PORT: '0',
    PORT: port,
    STRIPE_SECRET_KEY: emulator.secretKey,
    STRIPE_WEBHOOK_SECRET: emulator.webhookSecret,
    STRIPE_API_BASE: emulator.url,
  }
  const options = { cwd: app, env, ...user }
  const [program = '', ...args] = execForm('CMD')
  const [asker = '', ...question] = execForm('HEALTHCHECK')
  const isHealthy = () => spawnSync(asker, question, options).status === 0

  expect(isHealthy()).toBe(false)
  const child = spawn(program, args, { ...options, stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  const ended = endWithUs(child.pid)
  onTestFinished(() => {
    child.kill('SIGKILL')
    ended()
  })
  const lines = createInterface({ input: child.stdout })
  for await (const line of lines) if (line.includes('"msg":"ready"')) break
  child.stdout.resume()
  expect(isHealthy()).toBe(true)

  child.kill('SIGTERM')
  expect(await exited).toEqual([0, null])
  expect(isHealthy()).toBe(false)
})
