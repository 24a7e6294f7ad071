import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { availableParallelism, loadavg } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { run } from '../support/run-process.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { forgetHashes, hashSources, listSources } from './hash-sources.ts'
import type { Part } from './part.ts'
import type { PartRecord } from './result.ts'

const root = join(import.meta.dirname, '../..')
const figuresSchema = z.record(z.string(), z.json())

export interface RunOptions {
  readonly seed: number
  readonly isTenth: boolean
}

/**
 * Runs a part and returns its record. Throws when nothing can be recorded: sources that are not committed or that
 * changed meanwhile, a run that was interrupted, a program that is missing on this machine.
 */
export async function runPart(part: Part, { seed, isTenth }: RunOptions): Promise<PartRecord> {
  if (!isTenth) mustBeCommitted(part)
  const before = hashSources(part.sources)
  const commit = currentCommit()
  const [startedAt, startedMs] = [new Date().toISOString(), performance.now()]
  const loadAverage = Number(loadavg()[0]?.toFixed(1))
  const args = [
    ...(isTenth ? part.tenthArgs : part.args),
    ...(part.isSeeded ? ['--seed', `${seed}`] : []),
  ]
  const { code, figures } = await runProgram(part.program, args)
  if (figures === undefined && code === 0) throw new Error('it could not run on this machine')
  if (code === null || code === 130) throw new Error('it was interrupted')
  forgetHashes()
  if (JSON.stringify(hashSources(part.sources)) !== JSON.stringify(before))
    throw new Error('its sources changed while it ran')
  return {
    outcome: code === 0 ? 'passed' : 'failed',
    commit,
    date: startedAt,
    minutes: Math.round((performance.now() - startedMs) / 6_000) / 10,
    command: ['node', part.program, ...args].join(' '),
    machine: {
      cpus: availableParallelism(),
      node: process.version,
      platform: `${process.platform} ${process.arch}`,
      loadAverage,
    },
    seed: part.isSeeded ? seed : null,
    figures: figures ?? {},
    sources: before,
  }
}

/** The record names a commit, which must hold what was run. */
function mustBeCommitted({ sources }: Part): void {
  const changed = git('status', '--porcelain', '--', ...sources.flatMap(listSources))
  if (changed !== '') throw new Error(`commit its sources first:\n${changed}`)
}

async function runProgram(program: string, args: readonly string[]) {
  await using stack = new AsyncDisposableStack()
  const file = join(temporaryFolder(stack), 'figures.json')
  const { child, exited } = run(stack, {
    command: process.execPath,
    args: [program, ...args],
    folder: root,
    environment: { ...process.env, PROOF_FIGURES_FILE: file },
  })
  child.stdout.pipe(process.stdout, { end: false })
  child.stderr.pipe(process.stderr, { end: false })
  const code = await exited
  const figures = existsSync(file)
    ? figuresSchema.parse(JSON.parse(readFileSync(file, 'utf8')))
    : undefined
  return { code, figures }
}

/** Returns the commit of the tree. */
export function currentCommit(): string {
  return git('rev-parse', 'HEAD')
}

function git(...args: readonly string[]): string {
  return execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim()
}
