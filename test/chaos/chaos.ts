import { parseArgs } from 'node:util'
import type { Engine } from '../../src/database/engine.ts'
import { reportFigures } from '../proof/report-figures.ts'
import { answerHelp } from '../support/script-help.ts'
import { inLanes } from './harness/in-lanes.ts'
import {
  describeOutcome,
  describeSkipped,
  endAll,
  type RunRequest,
  replayCommand,
  runScenario,
} from './harness/run-scenario.ts'
import type { Scenario } from './harness/scenario.ts'
import { scenarios } from './registry.ts'

answerHelp('chaos')

/**
 * `npm run chaos -- [scenario…] --seed N --rounds N [--tenth] [--engine sqlite|postgres] [--at-once N]`: all
 * scenarios at full size unless told otherwise (`--tenth`: a tenth of it, and never less than in `npm test`), several
 * side by side, since most wait more than they compute; those that hold times against limits run alone. Ends with 1
 * when the promise was broken, and says how to see it again.
 */
function print(line: string): void {
  return void process.stdout.write(`${line}\n`)
}
const names = scenarios.map(({ name }) => name)

function refuse(why: string): never {
  print(
    `chaos: ${why}. npm run chaos -- [scenario...] [--seed N] [--rounds N] [--tenth] ` +
      `[--engine sqlite|postgres] [--at-once N], of the scenarios ${names.join(', ')}`,
  )
  process.exit(2)
}

function readArguments() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        seed: { type: 'string', default: String(Date.now() % 1_000_000) },
        rounds: { type: 'string' },
        tenth: { type: 'boolean', default: false },
        engine: { type: 'string' },
        'at-once': { type: 'string', default: '4' },
      },
    })
  } catch (cause) {
    return refuse(cause instanceof Error ? (cause.message.split('. ')[0] ?? '') : String(cause))
  }
}

const { values, positionals } = readArguments()
for (const name of positionals) if (!names.includes(name)) refuse(`there is no scenario ${name}`)
if (!['sqlite', 'postgres', undefined].includes(values.engine))
  refuse(`there is no engine ${values.engine}`)
for (const name of ['seed', 'rounds', 'at-once'] as const)
  if (values[name] !== undefined && !/^[1-9]\d*$/.test(values[name]))
    refuse(`--${name}=${values[name]} is no whole number from 1 on`)

const done: object[] = []
const skipped: string[] = []

async function runOne(scenario: Scenario, request: RunRequest): Promise<boolean> {
  const title = `${scenario.name} (${request.engine})`
  const missing = scenario.missing?.()
  if (missing !== undefined) {
    print(`${title}: skipped, ${missing}`)
    skipped.push(`${title}: ${missing}`)
    return true
  }
  print(`${title}: ${scenario.summary}; seed ${request.seed}, ${request.rounds} rounds`)
  const began = performance.now()
  try {
    const outcome = await runScenario(scenario, request)
    const seconds = Math.round((performance.now() - began) / 1000)
    print(`${title}: ${describeOutcome(outcome)}, in ${seconds} s`)
    describeSkipped(title, outcome).forEach(print)
    done.push({ ...request, scenario: scenario.name, seconds, ...outcome })
    if (outcome.violations.length === 0) return true
    for (const violation of outcome.violations) print(`  broken: ${violation}`)
  } catch (cause) {
    if (interrupted) await Promise.withResolvers<never>().promise
    print(`${title}: it could not go on: ${cause instanceof Error ? cause.stack : String(cause)}`)
  }
  print(`  again: ${replayCommand(scenario, request)}`)
  return false
}

interface Run {
  readonly scenario: Scenario
  readonly engine: Engine
}

async function runAll(waiting: Run[], atOnce: number): Promise<void> {
  await inLanes(atOnce, async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const { scenario, engine } = next
      const { small, full } = scenario.rounds
      const rounds = Number(
        values.rounds ?? (values.tenth ? Math.max(small, Math.ceil(full / 10)) : full),
      )
      if (!(await runOne(scenario, { engine, seed: Number(values.seed), rounds }))) held = false
    }
  })
}

let interrupted = false
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.once(signal, () => {
    interrupted = true
    endAll().finally(() => process.exit(130))
  })

process.once('uncaughtException', (cause) => {
  interrupted = true
  print(`chaos: it could not go on: ${cause.stack}`)
  endAll().finally(() => process.exit(1))
})

const chosen = scenarios.filter(({ name, isOnlyNamed = false }) =>
  positionals.length === 0 ? !isOnlyNamed : positionals.includes(name),
)
const runs = chosen.flatMap((scenario) =>
  scenario.engines
    .filter((engine) => values.engine === undefined || values.engine === engine)
    .map((engine) => ({ scenario, engine })),
)
const began = performance.now()
let held = true
await runAll(
  runs.filter(({ scenario }) => scenario.isTimed !== true),
  Number(values['at-once']),
)
await runAll(
  runs.filter(({ scenario }) => scenario.isTimed === true),
  1,
)
print(`chaos: ${held ? 'held' : 'broken'}, in ${Math.round((performance.now() - began) / 1000)} s`)
if (done.length > 0) reportFigures({ runs: done, skipped })
await endAll()
process.exit(held ? 0 : 1)
