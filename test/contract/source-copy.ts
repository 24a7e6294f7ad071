import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { run } from '../support/run-process.ts'

/** One change to a file: its first text, which occurs once, gives way to the second. */
export type Edit = readonly [file: string, text: string, replacement: string]

/** A copy of the sources in a folder of its own, to be changed, compiled and run. */
export interface SourceCopy {
  readonly folder: string
  write(file: string, text: string): void
  /** Throws when the text of an edit does not occur exactly once: the edit has to follow the source. */
  edit(edits: readonly Edit[]): void
  /** The files that the compiler complains about, sorted. */
  compile(): Promise<readonly string[]>
}

const root = new URL('../..', import.meta.url).pathname
const complaint = /^([^\s(]+)\(\d+,\d+\): error /gm

export function copySources(folder: string, stack: AsyncDisposableStack): SourceCopy {
  for (const name of ['src', 'instrumentation', 'package.json', 'tsconfig.json'])
    cpSync(join(root, name), join(folder, name), { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  return {
    folder,
    write: (file, text) => writeFileSync(join(folder, file), text),
    edit: (edits) => {
      for (const [file, text, replacement] of edits) {
        const parts = readFileSync(join(folder, file), 'utf8').split(text)
        if (parts.length !== 2)
          throw new Error(`${file} has ${parts.length - 1} times, not once: ${text}`)
        writeFileSync(join(folder, file), parts.join(replacement))
      }
    },
    compile: async () => {
      const compiler = run(stack, {
        command: join(root, 'node_modules/.bin/tsc'),
        // What the first run learns of the packages' types, the second need not read again.
        args: ['--incremental', '--tsBuildInfoFile', join(folder, 'tsc.json')],
        folder,
        environment: {},
      })
      const complaints: string[] = []
      compiler.child.stdout?.on('data', (chunk: Buffer) => complaints.push(chunk.toString()))
      const exitCode = await compiler.exited
      const files = [...complaints.join('').matchAll(complaint)].map(([, file = '']) => file)
      if ((exitCode === 0) !== (files.length === 0))
        throw new Error(`tsc ended with ${exitCode}: ${complaints.join('')}${compiler.errorText()}`)
      return [...new Set(files)].toSorted()
    },
  }
}
