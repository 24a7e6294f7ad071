import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { run } from '../../support/run-process.ts'
import { peersFolder } from './start-peer.ts'

/** Installs the peers' packages from their lockfile, without install scripts, unless they are there. */
export async function installPeers(stack: AsyncDisposableStack): Promise<void> {
  if (existsSync(join(peersFolder, 'node_modules'))) return
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund']
  const npm = run(stack, { command: 'npm', args, folder: peersFolder, environment: process.env })
  if ((await npm.exited) !== 0) throw new Error(`npm ci: ${npm.errorText()}`)
}
