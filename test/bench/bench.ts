import { parseArgs } from 'node:util'
import { z } from 'zod'
import { reportFigures } from '../proof/report-figures.ts'
import { cpuSeconds, pidOf } from '../support/process-usage.ts'
import { answerHelp } from '../support/script-help.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { median, nextLine, startProgram } from './programs.ts'
import { prepareLoad } from './send-load.ts'
import { variants } from './variants.ts'

answerHelp('bench')

/**
 * Webhooks per second at 64 connections, every commit fsynced, beside the same service with one part
 * exchanged. The variants take turns within each round, so that the machine's other work meets them alike.
 */
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    requests: { type: 'string', default: '60000' },
    connections: { type: 'string', default: '64' },
  },
})
const secret = 'whsec_bench'
const names = [...Object.keys(variants), 'bare-hono']

interface Run {
  readonly perSecond: number
  readonly serverCpuMicroseconds: number
  readonly loadCpuMicroseconds: number
}

const readyLine = z.object({ port: z.number() })
async function runVariant(name: string, seed: number): Promise<Run> {
  await using stack = new AsyncDisposableStack()
  const server = startProgram(stack, 'server.ts', [name, temporaryFolder(stack), secret])
  const { port } = readyLine.parse(await nextLine(server))
  const requests = name === 'one transaction per event' ? 6_000 : Number(values.requests)
  const prepare = (count: number, loadSeed: number) =>
    prepareLoad(stack, {
      apiUrl: `http://127.0.0.1:${port}`,
      secret,
      requests: count,
      seed: loadSeed,
      connections: Number(values.connections),
    })
  await (await prepare(Math.ceil(requests / 6), seed + 500)).send()
  const measured = await prepare(requests, seed)
  const before = cpuSeconds(pidOf(server))
  const { seconds, loadCpuSeconds } = await measured.send()
  const serverCpu = cpuSeconds(pidOf(server)) - before
  await server.end('SIGTERM')
  return {
    perSecond: requests / seconds,
    serverCpuMicroseconds: (serverCpu / requests) * 1e6,
    loadCpuMicroseconds: (loadCpuSeconds / requests) * 1e6,
  }
}

const runs = new Map<string, Run[]>(names.map((name) => [name, []]))
for (let round = 1; round <= Number(values.rounds); round += 1)
  for (const name of names) {
    runs.get(name)?.push(await runVariant(name, round * 10 + names.indexOf(name)))
    process.stderr.write('.')
  }
process.stderr.write('\n')

const ours = (runs.get('countinghouse') ?? []).map((run) => run.perSecond)
const rows = names.map((name) => {
  const all = runs.get(name) ?? []
  const ratios = all.map((run, index) => (ours[index] ?? Number.NaN) / run.perSecond)
  return {
    variant: name,
    'webhooks/s': Math.round(median(all.map((run) => run.perSecond))),
    'server CPU us/request': Number(median(all.map((run) => run.serverCpuMicroseconds)).toFixed(1)),
    'load CPU us/request': Number(median(all.map((run) => run.loadCpuMicroseconds)).toFixed(1)),
    'countinghouse : this': Number(median(ratios).toFixed(2)),
  }
})
reportFigures({ rows })
// biome-ignore lint/suspicious/noConsole: a table for a person is what this program is for
console.table(rows)
