import { z } from 'zod'
import { controlsOf, type EmulatorControls } from './emulator-controls.ts'
import { type Running, run } from './run-process.ts'

const entry = new URL('../../src/emulator/main.ts', import.meta.url).pathname
const startLine = z.object({ url: z.string(), secretKey: z.string(), webhookSecret: z.string() })

/** Where an emulator is, and its secrets. */
export type EmulatorAddress = z.infer<typeof startLine>

/** The emulator in a process of its own, which keeps its own truth. */
export interface EmulatorProcess extends EmulatorAddress, EmulatorControls {
  readonly running: Running
}

/** Starts it with the flags of its command line, on a free port; it ends with the stack. */
export async function startEmulatorProcess(
  stack: AsyncDisposableStack,
  flags: readonly string[],
): Promise<EmulatorProcess> {
  const running = run(stack, { command: process.execPath, args: [entry, '--port=0', ...flags] })
  const line = await running.line((text) => text.startsWith('{"url"'))
  if (line === undefined) throw new Error(`the emulator did not start: ${running.errorText()}`)
  const started = startLine.parse(JSON.parse(line))
  return { ...started, ...controlsOf(started.url), running }
}
