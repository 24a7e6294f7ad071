import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { z } from 'zod'
import type { DatabaseLocation } from '../../src/database/open.ts'

export const webhookSecret = 'whsec_bench'

const readyLine = z.object({ msg: z.literal('ready'), api: z.url() })
const entry = new URL('../../src/start.mjs', import.meta.url).pathname

export interface BenchService {
  readonly apiUrl: string
  /** From the start of the process to "ready": restored and listening. */
  readonly readyMs: number
  stop(): Promise<void>
}

/** The service as it is, in its own process, on a ledger that is there already. */
export async function startService(location: DatabaseLocation): Promise<BenchService> {
  const startedAt = performance.now()
  const child = spawn(process.execPath, [entry], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env.PATH,
      PORT: '0',
      OTEL_EXPORTER_PROMETHEUS_PORT: '0',
      DATABASE_URL: location.engine === 'sqlite' ? `sqlite:${location.path}` : location.url,
      STRIPE_SECRET_KEY: 'sk_test_none',
      STRIPE_WEBHOOK_SECRET: webhookSecret,
      STRIPE_API_BASE: 'http://127.0.0.1:9',
    },
  })
  let errorText = ''
  child.stderr.on('data', (chunk: Buffer) => {
    errorText += chunk.toString()
  })
  for await (const line of createInterface({ input: child.stdout })) {
    const ready = readyLine.safeParse(parseLine(line))
    if (!ready.success) continue
    child.stdout.resume()
    return {
      apiUrl: ready.data.api,
      readyMs: performance.now() - startedAt,
      stop: () => end(child),
    }
  }
  throw new Error(`the service did not start: ${errorText}`)
}

/** Starts one of this folder's programs, which tells its results as lines of JSON. */
export function startProgram(file: string, args: readonly string[]) {
  const child = spawn(process.execPath, [new URL(file, import.meta.url).pathname, ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const nextLine = async (): Promise<unknown> => JSON.parse(String((await lines.next()).value))
  return { child, nextLine }
}

function parseLine(line: string): unknown {
  return line.startsWith('{') ? JSON.parse(line) : undefined
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  await ended
}
