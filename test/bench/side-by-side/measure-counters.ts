import { join } from 'node:path'
import { z } from 'zod'
import { run } from '../../support/run-process.ts'
import { nextLine } from '../programs.ts'
import type { Measurement, Observation } from './bench-context.ts'
import { peersFolder } from './start-peer.ts'

const increments = 2_000_000
const commits = 500_000
/** How many facts share a commit: one at rest, up to as many as there are connections under load. */
const factsPerCommit = [1, 8, 64]
const resultLine = z.object({ nanoseconds: z.number() })

/** What the counters cost for each fact: prom-client's `inc`, and the applying of a commit's totals. */
export const counterCost: Measurement = {
  name: 'counters',
  tables: ['counters'],
  subjects: () => ['prom-client', 'countinghouse'],
  open: async () => async (subject) => {
    if (subject === 'prom-client')
      return [await runProgram(join(peersFolder, 'increments.ts'), [increments], 1)]
    const observations: Observation[] = []
    const program = join(import.meta.dirname, 'apply-cost.ts')
    for (const facts of factsPerCommit)
      observations.push(await runProgram(program, [commits, facts], facts))
    return observations
  },
}

async function runProgram(
  path: string,
  args: readonly number[],
  facts: number,
): Promise<Observation> {
  await using stack = new AsyncDisposableStack()
  const running = run(stack, { command: process.execPath, args: [path, ...args.map(String)] })
  const { nanoseconds } = resultLine.parse(await nextLine(running))
  return { table: 'counters', conditions: { factsPerCommit: facts }, figures: { nanoseconds } }
}
