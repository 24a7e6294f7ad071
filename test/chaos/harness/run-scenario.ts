import { randomInt } from 'node:crypto'
import type { Engine } from '../../../src/database/engine.ts'
import { createRandom } from '../../support/random.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { endServer } from './postgres.ts'
import type { Outcome, Scenario } from './scenario.ts'

export interface RunRequest {
  readonly engine: Engine
  readonly seed: number
  readonly rounds: number
}

/** Runs a scenario in a folder of its own and ends everything that it started. */
export async function runScenario(
  scenario: Scenario,
  { engine, seed, rounds }: RunRequest,
): Promise<Outcome> {
  await using stack = new AsyncDisposableStack()
  using _listed = listed(stack)
  return await scenario.run({
    engine,
    seed,
    rounds,
    random: createRandom(seed),
    metricsHost: ownLoopback(),
    folder: temporaryFolder(stack),
    stack,
  })
}

/** One of the sixteen million. */
function ownLoopback(): string {
  return ['127', randomInt(1, 255), randomInt(1, 255), randomInt(1, 255)].join('.')
}

const underWay = new Set<AsyncDisposableStack>()

function listed(stack: AsyncDisposableStack): Disposable {
  underWay.add(stack)
  return { [Symbol.dispose]: () => void underWay.delete(stack) }
}

/** Ends everything that runs, at the end or for a person who does not want to wait. */
export async function endAll(): Promise<void> {
  await Promise.all([...underWay].map((stack) => stack.disposeAsync()))
  await endServer()
}

/** One line of figures. */
export function describeOutcome({ figures, violations }: Outcome): string {
  return [...Object.entries(figures), ['violations', violations.length] as const]
    .map(
      ([name, value]) =>
        `${name} ${typeof value === 'number' ? value.toLocaleString('en-US') : value}`,
    )
    .join(', ')
}

/** A line for each part that could not be run, as `.ci/run` counts them. */
export function describeSkipped(title: string, { skipped = [] }: Outcome): readonly string[] {
  return skipped.map((reason) => `${title}: skipped, ${reason}`)
}

/** The command that replays a run. */
export function replayCommand(scenario: Scenario, { engine, seed, rounds }: RunRequest): string {
  return `npm run chaos -- ${scenario.name} --engine ${engine} --seed ${seed} --rounds ${rounds}`
}
