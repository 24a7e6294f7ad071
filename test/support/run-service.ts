import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { onTestFinished } from 'vitest'

export interface RunningService {
  readonly child: ChildProcess
  readonly apiUrl: string
  readonly metricsUrl: string
  readonly shopUrl: string | undefined
  /** All that it wrote so far, to standard output and to standard error. */
  written(): string
  /** Ends the process and waits until it is gone; answers its exit code, null after a `SIGKILL`. */
  end(signal: NodeJS.Signals): Promise<number | null>
}

export interface FailedStart {
  readonly exitCode: number | null
  readonly errorText: string
}

const entry = new URL('../../src/start.mjs', import.meta.url).pathname

function spawnService(folder: string, environment: Readonly<Record<string, string>>) {
  return spawn(process.execPath, [entry], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env.PATH,
      PORT: '0',
      EMULATOR_PORT: '0',
      OTEL_EXPORTER_PROMETHEUS_PORT: '0',
      DATABASE_URL: 'sqlite:./ledger.db',
      ...environment,
    },
  })
}

/** Starts the service as a process of its own, as a person would; killed when the test ends. */
export async function runService(
  folder: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<RunningService> {
  const child = spawnService(folder, environment)
  const exited = once(child, 'exit')
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await exited
  })
  let errorText = ''
  child.stderr.on('data', (chunk: Buffer) => {
    errorText += chunk.toString()
  })
  let outputText = ''
  child.stdout.on('data', (chunk: Buffer) => {
    outputText += chunk.toString()
  })
  for await (const line of createInterface({ input: child.stdout })) {
    if (!line.includes('"msg":"ready"')) continue
    child.stdout.resume()
    const ready = JSON.parse(line)
    return {
      child,
      apiUrl: ready.api,
      metricsUrl: ready.metrics,
      shopUrl: ready.shop,
      written: () => outputText + errorText,
      end: async (signal) => {
        child.kill(signal)
        const [exitCode] = await exited
        return exitCode
      },
    }
  }
  throw new Error(`the service did not start: ${errorText}`)
}

/** Starts a service that is expected to refuse. */
export async function runToFailure(
  folder: string,
  environment: Readonly<Record<string, string>>,
): Promise<FailedStart> {
  const child = spawnService(folder, environment)
  let errorText = ''
  child.stderr.on('data', (chunk: Buffer) => {
    errorText += chunk.toString()
  })
  child.stdout.resume()
  const [exitCode] = await once(child, 'exit')
  return { exitCode, errorText }
}
