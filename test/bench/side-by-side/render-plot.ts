import { type Peer, peerNames, peers } from './peers.ts'
import type { BenchRun, Sample } from './run-file.ts'
import { medianOf, roundsOf } from './select-samples.ts'
import { whole } from './table-layouts.ts'

const preferredConnections = 64
const size = { width: 860, row: 30, top: 62, bottom: 46 }
const panels = { rate: { left: 220, width: 330 }, cpu: { left: 640, width: 130 } }
const barHeight = 18

interface Bar {
  readonly title: string
  readonly look: string
  readonly rate: number
  readonly lowest: number
  readonly highest: number
  readonly serverUs: number
  readonly databaseUs: number
}

/** The rates of all peers and their CPU per webhook as an SVG, light and dark; undefined without rates. */
export function renderPlot({ samples, options }: BenchRun): string | undefined {
  const connections = options.connections.includes(preferredConnections)
    ? preferredConnections
    : Math.max(...options.connections)
  const bars = barsOf(samples, connections)
  if (bars.length === 0) return undefined
  const height = size.top + bars.length * size.row + size.bottom
  const rateMax = Math.max(...bars.map(({ highest }) => highest))
  const cpuMax = Math.max(...bars.map(({ serverUs, databaseUs }) => serverUs + databaseUs))
  const rows = bars.map((bar, index) => drawRow(bar, size.top + index * size.row, rateMax, cpuMax))
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${height}" role="img"`,
    `  aria-label="Webhooks per second and CPU per webhook of each peer, ${connections} connections">`,
    style,
    `<rect class="page" width="${size.width}" height="${height}"/>`,
    `<text class="head" x="${panels.rate.left}" y="28">webhooks per second, ${connections} connections</text>`,
    `<text class="note" x="${panels.rate.left}" y="46">median; the line is the lowest and highest round</text>`,
    `<text class="head" x="${panels.cpu.left}" y="28">CPU per webhook, µs</text>`,
    `<text class="note" x="${panels.cpu.left}" y="46">server, then PostgreSQL</text>`,
    ...rows,
    legend(height - 18),
    '</svg>',
    '',
  ].join('\n')
}

const style = `<style>
  .page { fill: #ffffff } text { font: 13px system-ui, sans-serif; fill: #1f2328 }
  .head { font-weight: 600 } .note, .key { font-size: 11px; fill: #59636e }
  .ours { fill: #0a69da } .keeps { fill: #80b3ee } .forgets { fill: #b5bcc4 } .database { fill: #d9822b }
  .range { stroke: #1f2328; stroke-width: 1.5 }
  @media (prefers-color-scheme: dark) {
    .page { fill: #0d1117 } text { fill: #e6edf3 } .note, .key { fill: #9198a1 }
    .ours { fill: #4493f8 } .keeps { fill: #24508a } .forgets { fill: #4d5560 } .range { stroke: #e6edf3 }
  }
</style>`

function barsOf(samples: readonly Sample[], connections: number): readonly Bar[] {
  return peerNames.flatMap((subject) => {
    const selection = { table: 'webhooks', subject, conditions: { connections } }
    const rates = [...roundsOf(samples, selection, 'perSecond').values()]
    if (rates.length === 0) return []
    const peer: Peer = peers[subject]
    const keeps = peer.database === 'none' ? 'forgets' : 'keeps'
    const figure = (name: string) => medianOf(samples, selection, name) ?? 0
    return {
      title: peer.title,
      look: peer.program === undefined ? 'ours' : keeps,
      rate: figure('perSecond'),
      lowest: Math.min(...rates),
      highest: Math.max(...rates),
      serverUs: figure('serverCpuUs'),
      databaseUs: figure('databaseCpuUs'),
    }
  })
}

function drawRow(bar: Bar, top: number, rateMax: number, cpuMax: number): string {
  const { rate, cpu } = panels
  const rateX = (value: number) => rate.left + (value / rateMax) * rate.width
  const cpuWidth = (value: number) => (value / cpuMax) * cpu.width
  const middle = top + barHeight / 2
  const [server, database] = [cpuWidth(bar.serverUs), cpuWidth(bar.databaseUs)]
  const cpuText = [bar.serverUs, bar.databaseUs].filter((value) => value > 0).map(whole)
  return [
    `<text x="${rate.left - 12}" y="${middle + 4}" text-anchor="end">${bar.title}</text>`,
    rectangle(bar.look, rate.left, top, rateX(bar.rate) - rate.left),
    `<line class="range" x1="${round(rateX(bar.lowest))}" x2="${round(rateX(bar.highest))}" y1="${middle}" y2="${middle}"/>`,
    `<text x="${round(rateX(bar.highest) + 8)}" y="${middle + 4}">${whole(bar.rate)}</text>`,
    rectangle(bar.look, cpu.left, top, server),
    rectangle('database', cpu.left + server, top, database),
    `<text x="${round(cpu.left + server + database + 8)}" y="${middle + 4}">${cpuText.join(' + ')}</text>`,
  ].join('\n')
}

function legend(y: number): string {
  const keys = [
    ['ours', 'countinghouse'],
    ['keeps', 'keeps each event on disk'],
    ['forgets', 'keeps nothing'],
    ['database', 'PostgreSQL’s own CPU'],
  ] as const
  return keys
    .map(([look, text], index) => {
      const x = 40 + index * 190
      return `<rect class="${look}" x="${x}" y="${y - 9}" width="10" height="10"/><text class="key" x="${x + 16}" y="${y}">${text}</text>`
    })
    .join('\n')
}

function rectangle(look: string, x: number, y: number, width: number): string {
  return `<rect class="${look}" x="${round(x)}" y="${y}" width="${round(width)}" height="${barHeight}"/>`
}

function round(value: number): number {
  return Number(value.toFixed(1))
}
