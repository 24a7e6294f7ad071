import { inject, test } from 'vitest'
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

/** The scenarios that show something within seconds. `npm run chaos` runs all of them at full size. */
const scenarios = [kill, delivery, diskFull, model, lives]
/** Shows the way of a webhook, which is the same on both engines up to the commit. */
const onSqliteAlone: readonly Scenario[] = [delivery]
const seed = Date.now() % 1_000_000

useServer(inject('postgresUrl'))

const runs = scenarios.flatMap((scenario) =>
  scenario.engines
    .filter((engine) => engine === 'sqlite' || !onSqliteAlone.includes(scenario))
    .map((engine) => ({ scenario, engine, title: `${scenario.name} (${engine})` })),
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
