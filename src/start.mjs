import { existsSync, lstatSync, mkdirSync } from 'node:fs'
import { enableCompileCache } from 'node:module'
import { homedir } from 'node:os'
import { join } from 'node:path'

const [major] = process.versions.node.split('.').map(Number)
if (major < 26) {
  process.stderr.write(
    `countinghouse needs Node 26 or later and this is ${process.version}: ` +
      'run it by "npm start", which brings its own, or install Node 26.\n',
  )
  process.exit(1)
}
keepFilesPrivate()
useOwnCompileCache()
if (existsSync('.env')) process.loadEnvFile('.env')
const [command, ...args] = process.argv.slice(2)
if (command === undefined) {
  const { main } = await import('./main.ts')
  await main()
} else {
  const { runCommand } = await import('./commands/run-command.ts')
  await runCommand(command, args)
}

/** What this process writes, nobody else reads. */
function keepFilesPrivate() {
  process.umask(0o077)
}

/**
 * Compiled code is kept in a folder of our own, never in a shared temporary one, where a neighbour could
 * plant code. Where others may write to a folder on the way to it there is no cache, which costs each start
 * a moment.
 */
function useOwnCompileCache() {
  try {
    const folders = [
      ['.cache'],
      ['.cache', 'countinghouse'],
      ['.cache', 'countinghouse', 'compile'],
    ]
    const paths = folders.map((parts) => join(homedir(), ...parts))
    const folder = paths[paths.length - 1]
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    if ([homedir(), ...paths].every(isOursAlone)) enableCompileCache(folder)
  } catch {
    // No home, or one that cannot be written: the service runs without the cache.
  }
}

function isOursAlone(folder) {
  const { uid, mode } = lstatSync(folder)
  return uid === process.getuid?.() && (mode & 0o022) === 0
}
