import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { controlsOf } from '../support/emulator-controls.ts'
import { type Running, run } from '../support/run-process.ts'
import { startTestApp } from '../support/start-test-app.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { testStack } from '../support/test-stack.ts'

/** Installed on the first run, in a folder of its own: 83 packages that nothing else needs. */
const clients = join(import.meta.dirname, 'clients')
const examples = new URL('../../examples', import.meta.url).pathname
const apiKey = 'a-key-for-the-clients-0123'

beforeAll(async () => {
  if (existsSync(join(clients, 'node_modules'))) return
  await using stack = new AsyncDisposableStack()
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund']
  const environment = process.env
  await mustSucceed(run(stack, { command: 'npm', args, folder: clients, environment }))
})

async function mustSucceed(running: Running): Promise<void> {
  const code = await running.exited
  expect([code, code === 0 ? '' : running.outputText() + running.errorText()]).toEqual([0, ''])
}

/** A service with the emulator, and a folder with its description and the installed packages. */
async function openClient(sources: string) {
  const stack = testStack()
  const app = await startTestApp({ environment: { API_KEYS: apiKey } }, stack)
  const folder = temporaryFolder(stack)
  cpSync(sources, folder, { recursive: true, filter: (path) => !path.includes('node_modules') })
  symlinkSync(join(clients, 'node_modules'), join(folder, 'node_modules'))
  writeFileSync(join(folder, 'openapi.json'), await (await app.call('GET', '/openapi.json')).text())
  const start = (command: string, ...args: readonly string[]): Running =>
    run(stack, {
      command,
      args,
      folder,
      environment: { COUNTINGHOUSE_URL: app.apiUrl, COUNTINGHOUSE_API_KEY: apiKey },
    })
  const node = (program: string, ...args: readonly string[]) =>
    mustSucceed(start(process.execPath, join('node_modules', program), ...args))
  return { app, start, node }
}

/** Pays where the client says, and waits until it has seen the payment counted. */
async function completeCheckout(shopUrl: string | undefined, client: Running): Promise<void> {
  const line = await client.line((text) => text.startsWith('pay at '))
  if (line === undefined) throw new Error(client.outputText() + client.errorText())
  await controlsOf(new URL(shopUrl ?? '').origin).press(line.replace('pay at ', ''), 'pay')
  await mustSucceed(client)
  expect(client.outputText()).toContain('the payment is counted')
}

test('the example in TypeScript compiles against openapi-typescript’s types and completes a checkout', async () => {
  const { app, start, node } = await openClient(join(examples, 'typescript'))
  await node('openapi-typescript/bin/cli.js', 'openapi.json', '-o', 'schema.d.ts')
  await node('typescript/bin/tsc')
  await completeCheckout(app.shopUrl, start(process.execPath, 'checkout.js'))
})

test('a client that @hey-api/openapi-ts generates compiles and completes a checkout', async () => {
  const { app, start, node } = await openClient(clients)
  await node('@hey-api/openapi-ts/bin/run.js', '-i', 'openapi.json', '-o', 'generated')
  await node('typescript/bin/tsc')
  await completeCheckout(app.shopUrl, start(process.execPath, 'hey-api.js'))
})

const hasPython = spawnSync('python3', ['--version']).status === 0

test.skipIf(!hasPython)('the example in Python completes a checkout', async () => {
  const { app, start } = await openClient(join(examples, 'python'))
  await completeCheckout(app.shopUrl, start('python3', 'checkout.py'))
})

test('the example in TypeScript names the versions that are tested', () => {
  const versions = (folder: string) =>
    z
      .object({ devDependencies: z.record(z.string(), z.string()) })
      .parse(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))).devDependencies
  expect(versions(clients)).toMatchObject(versions(join(examples, 'typescript')))
})
