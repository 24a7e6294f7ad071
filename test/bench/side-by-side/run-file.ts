import { z } from 'zod'

const numbers = z.record(z.string(), z.number())

/** A sample: figures of one subject in one round, as they were measured. */
const sample = z.object({
  table: z.string(),
  subject: z.string(),
  round: z.int(),
  conditions: numbers,
  figures: numbers,
})

const machine = z.object({
  cpuModel: z.string(),
  cpus: z.int(),
  memoryGigabytes: z.number(),
  platform: z.string(),
  kernel: z.string(),
  node: z.string(),
  /** Of the last minute, before the first round and after the last. */
  loadAverageBefore: z.number(),
  loadAverageAfter: z.number(),
})

/** A run of the benchmark as it is stored: who ran where, and every raw sample. */
export const runSchema = z.object({
  date: z.iso.datetime(),
  minutes: z.number(),
  commit: z.string(),
  machine,
  /** The packages of the peers, in their versions. */
  packages: z.record(z.string(), z.string()),
  options: z.object({
    rounds: z.int(),
    only: z.array(z.string()),
    peers: z.array(z.string()),
    connections: z.array(z.int()),
    requests: z.int(),
    seconds: z.number(),
    facts: z.array(z.int()),
    webhooks: z.int(),
    idleSeconds: z.number(),
  }),
  samples: z.array(sample),
})

export type BenchRun = z.infer<typeof runSchema>
export type Sample = z.infer<typeof sample>
export type Machine = z.infer<typeof machine>

/** One line for each sample, so that two runs can be compared by a diff. */
export function writeRun({ samples, ...head }: BenchRun): string {
  const text = JSON.stringify(head, null, 2).replace(/\n\}$/, '')
  const lines = samples.map((one) => `    ${JSON.stringify(one)}`)
  return `${text},\n  "samples": [\n${lines.join(',\n')}\n  ]\n}\n`
}
