import { z } from 'zod'
import { nextLine, startProgram } from './programs.ts'

const resultLine = z.object({
  answered: z.int(),
  seconds: z.number(),
  statuses: z.record(z.string(), z.number()),
  loadCpuSeconds: z.number(),
  latencyMs: z.object({ p50: z.number(), p99: z.number(), max: z.number() }),
})

export interface LoadOptions {
  readonly apiUrl: string
  readonly secret: string
  readonly requests: number
  readonly seed: number
  readonly connections?: number
  /** As fast as they are answered if undefined. */
  readonly perSecond?: number | undefined
  /** Nothing is sent after so long; all requests are sent if undefined. */
  readonly seconds?: number
}

/** Webhooks that are made and signed, and wait to be sent. */
export interface PreparedLoad {
  /** Sends them, within the given seconds. Throws unless every one that was sent was answered 200. */
  send(): Promise<z.infer<typeof resultLine>>
}

/** Makes webhooks in a process of their own, which ends with the stack. */
export async function prepareLoad(
  stack: AsyncDisposableStack,
  { apiUrl, secret, requests, seed, connections, perSecond, seconds }: LoadOptions,
): Promise<PreparedLoad> {
  const program = startProgram(stack, 'load.ts', [
    `--port=${new URL(apiUrl).port}`,
    `--secret=${secret}`,
    `--requests=${requests}`,
    `--seed=${seed}`,
    ...(connections === undefined ? [] : [`--connections=${connections}`]),
    ...(perSecond === undefined ? [] : [`--per-second=${perSecond}`]),
    ...(seconds === undefined ? [] : [`--seconds=${seconds}`]),
  ])
  await nextLine(program)
  return {
    send: async () => {
      program.child.stdin.write('go\n')
      const result = resultLine.parse(await nextLine(program))
      await program.exited
      const expected = seconds === undefined ? requests : result.answered
      if (expected === 0 || result.statuses['200'] !== expected)
        throw new Error(
          `answers were ${JSON.stringify(result.statuses)} to ${expected} webhooks of ${apiUrl}`,
        )
      return result
    },
  }
}
