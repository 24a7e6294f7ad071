import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { z } from 'zod'
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
const clockTicksPerSecond = 100

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
  const child = spawn(process.execPath, [new URL(file, import.meta.url).pathname, ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const nextLine = async (): Promise<unknown> => JSON.parse(String((await lines.next()).value))
  return { child, nextLine }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  await ended
}

/** User and system time of a process so far, from Linux. */
function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) / clockTicksPerSecond
}

async function load(port: number, requests: number, seed: number) {
  const { child, nextLine } = start('load.ts', [
    `--port=${port}`,
    `--secret=${secret}`,
    `--requests=${requests}`,
    `--connections=${values.connections}`,
    `--seed=${seed}`,
  ])
  await nextLine()
  return {
    go: async () => {
      child.stdin.write('go\n')
      const result = resultLine.parse(await nextLine())
      await stop(child)
      return result
    },
  }
}

async function runVariant(name: string, seed: number): Promise<Run> {
  const folder = mkdtempSync(join(tmpdir(), 'countinghouse-bench-'))
  const server = start('server.ts', [name, folder, secret])
  try {
    const { port } = readyLine.parse(await server.nextLine())
    const requests = name === 'one transaction per event' ? 6_000 : Number(values.requests)
    await (await load(port, Math.ceil(requests / 6), seed + 500)).go()
    const measured = await load(port, requests, seed)
    const before = cpuSeconds(server.child.pid ?? 0)
    const { seconds, statuses, loadCpuSeconds } = await measured.go()
    const serverCpu = cpuSeconds(server.child.pid ?? 0) - before
    if (statuses['200'] !== requests)
      throw new Error(`${name}: answers were ${JSON.stringify(statuses)} to ${requests} webhooks`)
    return {
      perSecond: requests / seconds,
      serverCpuMicroseconds: (serverCpu / requests) * 1e6,
      loadCpuMicroseconds: (loadCpuSeconds / requests) * 1e6,
    }
  } finally {
    await stop(server.child)
    rmSync(folder, { recursive: true, force: true })
  }
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((one, other) => one - other)[Math.floor(numbers.length / 2)] ?? Number.NaN
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
