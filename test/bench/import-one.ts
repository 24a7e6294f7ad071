import { statSync } from 'node:fs'
import { enableCompileCache, registerHooks } from 'node:module'
import { fileURLToPath } from 'node:url'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/**
 * Imports one module in a fresh process, with Node's compile cache in the given folder, and prints what that took. With
 * `count` it prints the files that were loaded instead, which costs time of its own.
 */
const [specifier = '', cacheFolder = '', mode] = process.argv.slice(2)
const files: string[] = []

enableCompileCache(cacheFolder)
if (mode === 'count') await countFiles()
else await measure()

async function measure(): Promise<void> {
  setFlagsFromString('--expose-gc')
  const collectGarbage: () => void = runInNewContext('gc')
  collectGarbage()
  const before = process.memoryUsage()
  const cpuBefore = process.cpuUsage()
  await import(specifier)
  const { user, system } = process.cpuUsage(cpuBefore)
  const cpuMs = (user + system) / 1000
  const residentMb = (process.memoryUsage().rss - before.rss) / 1e6
  collectGarbage()
  const heapMb = (process.memoryUsage().heapUsed - before.heapUsed) / 1e6
  process.stdout.write(`${JSON.stringify({ cpuMs, residentMb, heapMb })}\n`)
}

async function countFiles(): Promise<void> {
  registerHooks({
    load: (url, context, next) => {
      if (url.startsWith('file:')) files.push(fileURLToPath(url))
      return next(url, context)
    },
  })
  await import(specifier)
  const kilobytes = files.reduce((sum, file) => sum + statSync(file).size, 0) / 1000
  process.stdout.write(`${JSON.stringify({ files, kilobytes })}\n`)
}
