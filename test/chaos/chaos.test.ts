import { inject, test } from 'vitest'
import { useServer } from './harness/postgres.ts'
import {
  describeOutcome,
  describeSkipped,
  replayCommand,
  runScenario,
} from './harness/run-scenario.ts'
import { scenarios } from './registry.ts'

/** A smaller run of every scenario. `npm run chaos` runs them at full size. */
const seed = Date.now() % 1_000_000

useServer(inject('postgresUrl'))

const runs = scenarios
  .filter(({ rounds }) => rounds.small > 0)
  .flatMap((scenario) =>
    scenario.engines.map((engine) => ({ scenario, engine, title: `${scenario.name} (${engine})` })),
  )

for (const { scenario, engine, title } of runs) {
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
