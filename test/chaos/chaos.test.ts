import { inject, test } from 'vitest'
import type { Engine } from '../../src/database/engine.ts'
import { useServer } from './harness/postgres.ts'
import {
  describeOutcome,
  describeSkipped,
  replayCommand,
  runScenario,
} from './harness/run-scenario.ts'
import type { Scenario } from './harness/scenario.ts'
import { delivery } from './scenarios/delivery/delivery.ts'
import { diskFull } from './scenarios/disk-full.ts'
import { kill } from './scenarios/kill.ts'
import { lives } from './scenarios/lives/lives.ts'
import { model } from './scenarios/model/model.ts'

/**
 * The scenarios that show something within seconds, on one engine each. `npm run chaos` runs all of them on both at full
 * size, and the gate a tenth of that.
 */
const runs: readonly (readonly [Scenario, Engine])[] = [
  [kill, 'postgres'],
  [delivery, 'sqlite'],
  [diskFull, 'sqlite'],
  [model, 'sqlite'],
  [lives, 'postgres'],
]
const seed = Date.now() % 1_000_000

useServer(inject('postgresUrl'))

for (const [scenario, engine] of runs) {
  const title = `${scenario.name} (${engine})`
  const missing = scenario.missing?.()
  test.skipIf(missing !== undefined)(
    `${title}: ${scenario.summary}${missing === undefined ? '' : ` (skipped: ${missing})`}`,
    { concurrent: true, timeout: 300_000 },
    async ({ expect }) => {
      const request = { engine, seed, rounds: scenario.rounds.small }
      const outcome = await runScenario(scenario, request)
      process.stdout.write(`${title}: seed ${seed}, ${describeOutcome(outcome)}\n`)
      for (const line of describeSkipped(title, outcome)) process.stdout.write(`${line}\n`)
      expect(outcome.violations, `again: ${replayCommand(scenario, request)}`).toEqual([])
    },
  )
}
