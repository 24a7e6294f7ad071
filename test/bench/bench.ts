import { parseArgs } from 'node:util'
import { z } from 'zod'
import { cpuSeconds, median, startProgram, stopProgram } from './programs.ts'
import { withTemporaryFolder } from './temporary-folder.ts'
import { variants } from './variants.ts'

/**
 * Webhooks per second at 64 connections, every commit fsynced, beside the same service with one part
 * exchanged. The variants take turns within each round, so that they share the machine's moods.
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
const resultLine = z.object({
  seconds: z.number(),
  statuses: z.record(z.string(), z.number()),
  loadCpuSeconds: z.number(),
})

function start(file: string, args: readonly string[]) {
  const program = startProgram([new URL(file, import.meta.url).pathname, ...args], {})
  const nextLine = async (): Promise<unknown> => JSON.parse(await program.lineThat(() => true))
  return { program, nextLine }
}

async function load(port: number, requests: number, seed: number) {
  const { program, nextLine } = start('load.ts', [
    `--port=${port}`,
    `--secret=${secret}`,
    `--requests=${requests}`,
    `--connections=${values.connections}`,
    `--seed=${seed}`,
  ])
  await nextLine()
  return {
    go: async () => {
      program.write('go\n')
      const result = resultLine.parse(await nextLine())
      await stopProgram(program)
      return result
    },
  }
}

function runVariant(name: string, seed: number): Promise<Run> {
  return withTemporaryFolder(async (folder) => {
    const server = start('server.ts', [name, folder, secret])
    try {
      const { port } = readyLine.parse(await server.nextLine())
      const requests = name === 'one transaction per event' ? 6_000 : Number(values.requests)
      await (await load(port, Math.ceil(requests / 6), seed + 500)).go()
      const measured = await load(port, requests, seed)
      const before = cpuSeconds(server.program.pid)
      const { seconds, statuses, loadCpuSeconds } = await measured.go()
      const serverCpu = cpuSeconds(server.program.pid) - before
      if (statuses['200'] !== requests)
        throw new Error(`${name}: answers were ${JSON.stringify(statuses)} to ${requests} webhooks`)
      return {
        perSecond: requests / seconds,
        serverCpuMicroseconds: (serverCpu / requests) * 1e6,
        loadCpuMicroseconds: (loadCpuSeconds / requests) * 1e6,
      }
    } finally {
      await stopProgram(server.program)
    }
  })
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
// biome-ignore lint/suspicious/noConsole: a table for a person is what this program is for
console.table(rows)
