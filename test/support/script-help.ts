interface ScriptHelp {
  readonly about: string
  /** By the option as it is written, such as `--seed N`. */
  readonly options: Readonly<Record<string, string>>
}

const seed = 'replays a run: it is printed with every result'
const engine = 'sqlite or postgres; both by default'

/** What `npm run <script> -- --help` shows, for every script that is no command of the service. */
export const scriptHelp = {
  bench: {
    about: 'Webhooks per second, next to a bare server, in alternating rounds.',
    options: {
      '--rounds N': '5 by default',
      '--requests N': 'of a round, 60000 by default',
      '--connections N': '64 by default',
    },
  },
  'bench:against': {
    about:
      'CPU per webhook, start time and idle memory, next to another source tree with its packages installed.',
    options: {
      '--base <folder>': 'the other tree',
      '--pairs N': '9 by default',
      '--requests N': 'of a run, 30000 by default',
      '--idle-seconds N': 'before memory is read, 10 by default',
    },
  },
  'bench:big': {
    about: 'What a ledger of ten million facts costs, beside one of a thousand and an empty one.',
    options: {
      '--facts N': '10000000 by default',
      '--engine <engine>': engine,
      '--slices N': 'in which records are compared, 40 by default',
      '--rounds N': '5 by default',
    },
  },
  'bench:growth': {
    about: 'Bytes per row of each table that grows, on both engines.',
    options: { '--rows N': 'of each kind, 50000 by default' },
  },
  'bench:idle': {
    about: 'Start time and idle memory, with a key and with the emulator.',
    options: {},
  },
  'bench:move': {
    about: 'How long a ledger takes to move from SQLite to PostgreSQL, and in how much memory.',
    options: { '--facts N': '1000000 by default' },
  },
  'bench:peers': {
    about:
      'The service beside other programs on the same work, in alternating rounds; installs them once.',
    options: {
      '--rounds N': '5 by default',
      '--only <table,…>':
        'webhooks, latency, scrape, checkout, counters, start, memory, growth; all by default',
      '--peers <name,…>': 'such as raw-node-hmac,countinghouse-sqlite; all by default',
      '--connections <N,…>': '1,8,64,256 by default',
      '--requests N': 'of one load at most, 60000 by default',
      '--seconds N': 'of one load at most, 5 by default',
      '--facts <N,…>': 'of the ledgers that are compared, 1000,100000,10000000 by default',
      '--webhooks N': 'after which memory is read, 1000000 by default',
      '--idle-seconds N': 'before memory is read, 10 by default',
      '--to <path>': 'of the JSON file and the plot, without an ending; bench-peers by default',
      '--from <file>': 'shows a run that was measured before',
      '--publish': 'puts the run into docs/performance.md',
    },
  },
  'bench:reads': {
    about: 'How long one read of a big ledger takes, by the API and by the page.',
    options: {
      '--facts N': '5000000 by default',
      '--engine <engine>': engine,
      '--rounds N': '11 by default',
    },
  },
  chaos: {
    about:
      'Chaos scenarios with seeded faults, at full size unless told otherwise, several side by side.',
    options: {
      '<scenario…>': 'all but "day" by default',
      '--seed N': seed,
      '--rounds N': 'instead of each scenario’s own number',
      '--tenth': 'a tenth of the full size, as in .ci/run',
      '--engine <engine>': engine,
      '--at-once N': 'how many scenarios run side by side',
    },
  },
  'check:api': {
    about:
      "Lints the API's description by the recommended rules of Redocly and Spectral; installs them once.",
    options: {},
  },
  'check:calendar': {
    about: 'Compares cron schedules with an independent calculation.',
    options: { '<zone…>': 'IANA names; 40 zones by default' },
  },
  fuzz: {
    about: 'Generated signatures, schedules, settings and API requests.',
    options: {
      '<target…>': 'signatures, schedules, settings, api; all by default',
      '--full': 'the full number of inputs',
      '--factor N': 'a share of the full number, 0.1 by default',
      '--count N': 'this many inputs',
      '--seed N': seed,
    },
  },
  mutants: {
    about:
      'Our own mutants, one at a time in a copy of the tree, each with the tests that must notice it.',
    options: {
      '<id…>': 'all by default',
      '--changed-since <commit>': 'those of files that changed',
      '--sample N': 'this many at random, and all of files that changed since the last proof',
      '--seed N': seed,
      '--unchecked': 'do not run the tests without a mutant first',
    },
  },
  mutation: {
    about:
      "Stryker's mutants of the core's files, each file with its narrow tests; installs Stryker once.",
    options: { '<file…>': 'every file of the core by default' },
  },
  proof: {
    about:
      'All of the long suites at full size; each result is recorded in test/proof/result.json.',
    options: {
      '--only <part>': 'this part, or all that begin so; may be repeated',
      '--behind': 'those that are not run, stale or failed',
      '--list': 'show the state of every part',
      '--check': 'exit 1 unless every part is current and passed',
      '--accept-stale <reason>': 'keep records whose sources changed, with the reason',
      '--seed N': seed,
      '--tenth': 'a tenth of the size; needs --to',
      '--to <file>': 'another file for the records',
    },
  },
} as const satisfies Readonly<Record<string, ScriptHelp>>

/** Prints the help of a script and ends the process with 0, if that is what it was called for. */
export function answerHelp(script: keyof typeof scriptHelp): void {
  if (!process.argv.includes('--help')) return
  const { about, options }: ScriptHelp = scriptHelp[script]
  const lines = Object.entries({ ...options, '--help': 'show this help' })
  const width = Math.max(...lines.map(([name]) => name.length))
  process.stdout.write(
    [
      `npm run ${script} -- [options]`,
      '',
      about,
      '',
      ...lines.map(([name, help]) => `  ${name.padEnd(width)}  ${help}`),
      '',
    ].join('\n'),
  )
  process.exit(0)
}
