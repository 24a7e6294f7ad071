import { readdirSync } from 'node:fs'
import { parse } from 'node:path'
import { coveredFiles } from '../mutation/covered-files.ts'
import { mutants } from '../mutation/mutants.ts'
import type { Part } from './part.ts'

/** All of the service but its console, which no long suite looks at. */
const service = [
  'src/*.{ts,mjs}',
  'src/alerts/**',
  'src/app/**',
  'src/billing/**',
  'src/commands/**',
  'src/config/**',
  'src/database/**',
  'src/emulator/**',
  'src/health/**',
  'src/http/**',
  'src/ledger/**',
  'src/marketing/**',
  'src/stripe/**',
  'src/time/**',
  'instrumentation/**',
  'package-lock.json',
]

const mutantsPart: Part = {
  id: 'mutants',
  program: 'test/mutation/run-mutants.ts',
  args: [],
  tenthArgs: [...mutants.slice(0, 10).map(({ id }) => id), '--unchecked'],
  isSeeded: true,
  minutes: 6,
  sources: [...new Set(mutants.flatMap((one) => [one.file, ...('tests' in one ? one.tests : [])]))],
}

const mutationParts = Object.entries(coveredFiles).map(
  ([file, tests]): Part => ({
    id: `mutation/${file}`,
    program: 'test/mutation/run-stryker.ts',
    args: [file],
    tenthArgs: [file],
    isSeeded: false,
    minutes: 2,
    sources: [file, ...tests],
  }),
)

/** Minutes of a scenario at full size, where they are not five. */
const chaosMinutes: Readonly<Record<string, number>> = {
  kill: 15,
  syscalls: 20,
  'crash-pairs': 15,
  delivery: 15,
  lost: 15,
  backlog: 10,
  database: 20,
  failover: 20,
  identity: 15,
  leaders: 15,
  shutdown: 30,
  prometheus: 15,
  marketing: 10,
  month: 10,
  upgrade: 15,
  day: 21,
}

/** Scenarios of which each engine is a part of its own, because each takes long. */
const enginesApart: Readonly<Record<string, readonly string[]>> = { day: ['sqlite', 'postgres'] }

const chaosParts = namesIn('../chaos/scenarios').flatMap((name): readonly Part[] => {
  const engines = enginesApart[name]
  if (engines === undefined) return [chaosPart(name, `chaos/${name}`, [name])]
  return engines.map((engine) =>
    chaosPart(name, `chaos/${name}/${engine}`, [name, '--engine', engine]),
  )
})

function chaosPart(name: string, id: string, args: readonly string[]): Part {
  return {
    id,
    program: 'test/chaos/chaos.ts',
    args,
    tenthArgs: [...args, '--tenth'],
    isSeeded: true,
    minutes: chaosMinutes[name] ?? 5,
    sources: [
      ...service,
      'test/chaos/chaos.ts',
      'test/chaos/harness/**',
      `test/chaos/scenarios/${name}{.ts,/**}`,
      'test/support/**',
    ],
  }
}

const fuzzParts = namesIn('../fuzz/targets').map(
  (name): Part => ({
    id: `fuzz/${name}`,
    program: 'test/fuzz/fuzz.ts',
    args: [name, '--full'],
    tenthArgs: [name],
    isSeeded: true,
    minutes: 10,
    sources: [...service, 'test/fuzz/**'],
  }),
)

const bench = { isSeeded: false, sources: [...service, 'test/bench/**'] }

const benchParts: readonly Part[] = [
  {
    ...bench,
    id: 'bench/webhooks',
    program: 'test/bench/bench.ts',
    args: [],
    tenthArgs: ['--rounds', '1', '--requests', '6000'],
    minutes: 5,
  },
  {
    ...bench,
    id: 'bench/ten-million-facts',
    program: 'test/bench/big-ledger.ts',
    args: [],
    tenthArgs: ['--facts', '1000000', '--rounds', '1', '--slices', '5'],
    minutes: 20,
  },
  {
    ...bench,
    id: 'bench/idle',
    program: 'test/bench/idle.ts',
    args: [],
    tenthArgs: [],
    minutes: 1,
  },
]

/** Every part of the proof. A suite that is added here is shown as "not run" until it was. */
export const parts: readonly Part[] = [
  mutantsPart,
  ...mutationParts,
  ...chaosParts,
  ...fuzzParts,
  ...benchParts,
]

/** Names of scenarios and targets are those of their files, so that a test need not load them. */
function namesIn(folder: string): readonly string[] {
  return readdirSync(new URL(folder, import.meta.url))
    .map((entry) => parse(entry).name)
    .sort()
}
