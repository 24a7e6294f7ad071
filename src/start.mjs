import { lstatSync, mkdirSync } from 'node:fs'
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
await useOwnCompileCache()
const [command, ...args] = process.argv.slice(2)
if (command === undefined) {
  const { main } = await import('./main.ts')
  await main()
} else {
  const { runCommand } = await import('./commands/run-command.ts')
  await runCommand(command, args)
}

/** Files are only readable by their owner. */
function keepFilesPrivate() {
  process.umask(0o077)
}

/**
 * The compile cache is in a folder of our own, never in a shared temporary one, where another user could plant
 * code. If others may write to one of its parent folders, there is no cache, and the start is slower.
 */
async function useOwnCompileCache() {
  try {
    const folders = [
      ['.cache'],
      ['.cache', 'countinghouse'],
      ['.cache', 'countinghouse', 'compile'],
    ]
    const paths = folders.map((parts) => join(homedir(), ...parts))
    const folder = paths[paths.length - 1]
    // Older versions, which end above, do not export it.
    const { enableCompileCache } = await import('node:module')
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    if ([homedir(), ...paths].every(isOursAlone)) enableCompileCache(folder)
  } catch {
    // Without a writable home folder, the service runs without the cache.
  }
}

function isOursAlone(folder) {
  const { uid, mode } = lstatSync(folder)
  return uid === process.getuid?.() && (mode & 0o022) === 0
}
