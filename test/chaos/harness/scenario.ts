import type { Engine } from '../../../src/database/engine.ts'
import type { Random } from '../../support/random.ts'

/** What a scenario is given to work with. */
export interface ChaosRun {
  readonly engine: Engine
  readonly seed: number
  readonly rounds: number
  readonly random: Random
  /**
   * A loopback address of the scenario's own, where its services show their pages: a port that a kill
   * set free on a shared one may be another scenario's by the next scrape.
   */
  readonly metricsHost: string
  /** A folder of the scenario's own, removed at the end. */
  readonly folder: string
  /** What is started is put here, so that it ends whatever happens. */
  readonly stack: AsyncDisposableStack
}

export interface Outcome {
  /** What was counted, in the order in which it is printed. */
  readonly figures: Readonly<Record<string, number | string>>
  /** Everything that broke the promise; empty when it held. */
  readonly violations: readonly string[]
  /** Parts that this machine could not run, and why. */
  readonly skipped?: readonly string[]
}

export interface Scenario {
  readonly name: string
  readonly summary: string
  readonly engines: readonly Engine[]
  /**
   * `small` is the least that shows anything; `npm run chaos` runs `full`, and with `--tenth` a tenth of it, but not
   * less than `small`.
   */
  readonly rounds: { readonly small: number; readonly full: number }
  /** Too long for the gate: only runs when it is named. */
  readonly isOnlyNamed?: true
  /** Holds times against limits: it runs after the others, with nothing beside it. */
  readonly isTimed?: true
  /** Says why it cannot run on this machine, if it cannot. */
  readonly missing?: () => string | undefined
  run(chaos: ChaosRun): Promise<Outcome>
}
