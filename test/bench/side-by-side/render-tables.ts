import { type Compared, compareAll } from './compare.ts'
import { isPeerName, peerNames, peers } from './peers.ts'
import type { BenchRun, Sample } from './run-file.ts'
import { conditionsKey, medianOf } from './select-samples.ts'
import { short, type TableLayout, tableLayouts } from './table-layouts.ts'

const subjectOrder: readonly string[] = [
  'stripe-call',
  'hono-checkout',
  'prom-client',
  ...peerNames,
  'countinghouse',
  'countinghouse-emulator',
  'countinghouse-source',
]

type Row = Readonly<Record<string, string>>

/** All tables of a run as Markdown, its machine first. */
export function renderTables(run: BenchRun): string {
  const tables = Object.entries(tableLayouts).flatMap(([name, layout]) => {
    const rows = rowsOf(run.samples, name, layout)
    return rows.length === 0 ? [] : [`### ${layout.title}`, toMarkdown(rows)]
  })
  const compared = compareAll(run).map(toRow)
  const sideBySide = compared.length === 0 ? [] : ['### Side by side', toMarkdown(compared)]
  return [describeRun(run), ...sideBySide, ...tables].join('\n\n')
}

function describeRun({ date, minutes, commit, machine, packages, options }: BenchRun): string {
  const { cpus, cpuModel, memoryGigabytes, platform, kernel, node } = machine
  const versions = Object.entries(packages).map(([name, version]) => `\`${name}\` ${version}`)
  const isBusy = machine.loadAverageBefore > cpus / 2
  return [
    ...(isBusy ? [`**The machine was busy with other work: read the ratios with care.**`] : []),
    `Run of ${date.slice(0, 16).replace('T', ' ')} UTC at commit ${commit.slice(0, 8)}: ${options.rounds} rounds in`,
    `${Math.round(minutes)} minutes on ${cpus} cores (${cpuModel}), ${memoryGigabytes} GB, ${platform}, kernel ${kernel},`,
    `Node ${node}, load average ${machine.loadAverageBefore} before and ${machine.loadAverageAfter} after.`,
    `At most ${options.requests.toLocaleString('en')} webhooks or ${options.seconds} s a figure.`,
    `Peers: ${versions.join(', ')}.`,
  ].join('\n')
}

function toRow({ title, median, lowest, highest, byCpu, target, isMet }: Compared): Row {
  return {
    figure: title,
    median: short(median),
    'lowest – highest': `${short(lowest)} – ${short(highest)}`,
    'by server CPU': byCpu === undefined ? '' : short(byCpu),
    target,
    reached: isMet ? 'yes' : 'no',
  }
}

function rowsOf(samples: readonly Sample[], table: string, layout: TableLayout): readonly Row[] {
  const own = samples.filter((one) => one.table === table)
  const found = [...new Set(own.map(({ subject }) => subject))].toSorted(
    (one, other) => subjectOrder.indexOf(one) - subjectOrder.indexOf(other),
  )
  return found.flatMap((subject) => {
    const groups = Map.groupBy(
      own.filter((one) => one.subject === subject),
      ({ conditions }) => conditionsKey(conditions),
    )
    const cells = [...groups.values()].map(([first]) => cellsOf(samples, layout, first))
    const name =
      layout.subjects?.[subject] ?? (isPeerName(subject) ? peers[subject].title : subject)
    return layout.spread === undefined
      ? cells.map((row) => ({ '': name, ...row }))
      : [{ '': name, ...Object.assign({}, ...cells) }]
  })
}

/** The medians of all samples like this one, as the table shows them. */
function cellsOf(samples: readonly Sample[], layout: TableLayout, like: Sample | undefined): Row {
  if (like === undefined) return {}
  const { conditions, figures } = like
  const medians = Object.fromEntries(
    Object.keys(figures).map((figure) => [figure, medianOf(samples, like, figure) ?? Number.NaN]),
  )
  const [[condition, value] = [undefined, undefined]] = Object.entries(conditions)
  const cells = Object.entries(layout.cells(medians))
  if (condition === undefined) return Object.fromEntries(cells)
  const { spread } = layout
  if (spread === undefined)
    return { [condition]: value.toLocaleString('en'), ...Object.fromEntries(cells) }
  return Object.fromEntries(
    cells.map(([column, text]) => [[spread(value), column].filter(Boolean).join(': '), text]),
  )
}

function toMarkdown(rows: readonly Row[]): string {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))]
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [
    line(columns),
    line(columns.map(() => '---')),
    ...rows.map((row) => line(columns.map((column) => row[column] ?? ''))),
  ].join('\n')
}
