import { join } from 'node:path'
import fc from 'fast-check'
import type { DatabaseLocation } from '../../../../src/database/open.ts'
import { inMemory } from '../../harness/in-memory.ts'
import type { Scenario } from '../../harness/scenario.ts'
import { modelCommands } from './commands.ts'
import { emptyModel, openSubject } from './subject.ts'

/** A sequence on PostgreSQL takes several times as long: it runs one of this many. */
const postgresShare = 10
/** How many sequences share a ledger: opening a new one costs more than a sequence does. */
const sequencesPerLedger = 250
const commandsMax = 12

/** Random commands against the ledger and the counters, beside a model of a few sets. */
export const model: Scenario = {
  name: 'model',
  summary: 'random commands to the ledger and the counters, compared with a model',
  engines: ['sqlite', 'postgres'],
  rounds: { small: 150, full: 10_000 },
  run: async (chaos) => {
    const { engine, seed, rounds, stack } = chaos
    const folder = inMemory(chaos.folder, stack)
    let sequences = 0
    let commands = 0
    let open: Awaited<ReturnType<typeof openSubject>> | undefined
    stack.defer(() => open?.close())

    const newLocation = async (file: string): Promise<DatabaseLocation> => {
      if (engine === 'sqlite') return { engine, path: join(folder, file) }
      const { postgresPlace } = await import('../../harness/postgres.ts')
      return { engine, url: (await postgresPlace(stack)).url }
    }
    const subjectFor = async () => {
      if (open === undefined || sequences % sequencesPerLedger === 0) {
        await open?.close()
        open = await openSubject(await newLocation(`ledger-${sequences}.db`))
      }
      sequences += 1
      return open
    }

    const property = fc.asyncProperty(
      fc.commands(modelCommands, { maxCommands: commandsMax }),
      async (sequence) => {
        const subject = await subjectFor()
        const setup = async () => ({ model: await emptyModel(subject, sequences), real: subject })
        await fc.asyncModelRun(setup, sequence)
        commands += [...sequence].length
      },
    )
    const { failed, counterexamplePath, counterexample, errorInstance } = await fc.check(property, {
      seed,
      numRuns: engine === 'sqlite' ? rounds : Math.ceil(rounds / postgresShare),
      endOnFailure: false,
    })
    await open?.close()
    open = undefined
    const violations = failed
      ? [`${String(errorInstance)} after ${String(counterexample)} (path ${counterexamplePath})`]
      : []
    return { figures: { sequences, commands }, violations }
  },
}
