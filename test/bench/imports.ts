import { createRequire } from 'node:module'
import { z } from 'zod'
import manifest from '../../package.json' with { type: 'json' }
import { answerHelp } from '../support/script-help.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { median, nextLine, startProgram } from './programs.ts'

answerHelp('bench:imports')

/**
 * What the start of the service loads: files, bytes of source, CPU time and memory of each dependency alone in a fresh
 * process with a warm compile cache, medians of five alternating runs. Dependencies share files and parts of Node, so
 * the rows do not add up to the first.
 */
const rounds = 5
const service = '../../src/main.ts'
const loadedOnUse = [
  '../../src/emulator/start-emulator.ts',
  '../../src/database/open-postgres.ts',
  '../../instrumentation/export/otlp-metrics.ts',
  '../../instrumentation/traces/otlp-traces.ts',
]

const counted = z.object({ files: z.array(z.string()), kilobytes: z.number() })
const measured = z.object({ cpuMs: z.number(), residentMb: z.number(), heapMb: z.number() })
type Sample = z.infer<typeof measured>

await using stack = new AsyncDisposableStack()
const cacheFolder = temporaryFolder(stack)
const serviceFiles = (await count(service)).files
const specifiers = [service, ...Object.keys(manifest.dependencies).filter(isLoaded), ...loadedOnUse]

const samples = new Map<string, Sample[]>()
for (let round = 0; round <= rounds; round += 1)
  for (const specifier of specifiers) {
    const sample = measured.parse(await importOne(specifier))
    // The first one fills the compile cache.
    if (round > 0) samples.set(specifier, [...(samples.get(specifier) ?? []), sample])
  }
const rows = []
for (const specifier of specifiers) rows.push(await rowOf(specifier))
// biome-ignore lint/suspicious/noConsole: a table for a person is what this program is for
console.table(rows)

async function rowOf(specifier: string) {
  const { files, kilobytes } = await count(specifier)
  const medianOf = (figure: keyof Sample) =>
    median((samples.get(specifier) ?? []).map((sample) => sample[figure]))
  return {
    import: specifier.replace('../../', ''),
    'at the start': loadedOnUse.includes(specifier) ? 'no' : 'yes',
    files: files.length,
    'source kB': Math.round(kilobytes),
    'CPU ms': Math.round(medianOf('cpuMs')),
    'resident MB': Number(medianOf('residentMb').toFixed(1)),
    'heap MB': Number(medianOf('heapMb').toFixed(1)),
  }
}

/** Whether the start of the service loads a file of the package. */
function isLoaded(name: string): boolean {
  return serviceFiles.some((file) => file.includes(`/node_modules/${name}/`)) && hasMain(name)
}

/** Packages of assets have nothing to import. */
function hasMain(name: string): boolean {
  try {
    createRequire(import.meta.url).resolve(name)
    return true
  } catch {
    return false
  }
}

async function count(specifier: string): Promise<z.infer<typeof counted>> {
  return counted.parse(await importOne(specifier, 'count'))
}

async function importOne(specifier: string, ...mode: readonly string[]): Promise<unknown> {
  await using own = new AsyncDisposableStack()
  const program = startProgram(own, 'import-one.ts', [specifier, cacheFolder, ...mode])
  const line = await nextLine(program)
  await program.exited
  return line
}
