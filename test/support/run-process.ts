import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { endWithUs } from './cleanup.ts'

/** A process of its own that ends with the stack it was started for, and with this process. */
export interface Running {
  readonly child: ChildProcessByStdio<Writable, Readable, Readable>
  /** Its exit code once it is gone; null when a signal ended it. */
  readonly exited: Promise<number | null>
  isAlive(): boolean
  signal(signal: NodeJS.Signals): void
  /** Sends a signal and waits until the process is gone. */
  end(signal: NodeJS.Signals): Promise<number | null>
  /** The first line of standard output from now on that `matches`; undefined when it ended before. */
  line(matches: (line: string) => boolean): Promise<string | undefined>
  /** What it wrote to standard error, the last of it. */
  errorText(): string
  /** What it wrote to standard output, the last of it. */
  outputText(): string
}

export interface RunOptions {
  readonly command: string
  readonly args: readonly string[]
  readonly folder?: string
  readonly environment?: Readonly<Record<string, string | undefined>>
  /** How much of what it writes is kept. */
  readonly keptChars?: number
}

/** Starts a process on the stack. It gets `PATH` and the given environment, and no more. */
export function run(stack: AsyncDisposableStack, options: RunOptions): Running {
  const child = spawn(options.command, [...options.args], {
    cwd: options.folder,
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH, ...options.environment },
  })
  const ended = endWithUs(child.pid)
  let alive = true
  const exited = once(child, 'close').then(([code]) => (typeof code === 'number' ? code : null))
  child.on('exit', () => {
    alive = false
    ended()
  })
  child.stdin.on('error', () => undefined)
  const output = keepOutput(child, exited, options.keptChars ?? 8_000)
  const end = (signal: NodeJS.Signals) => {
    if (alive) child.kill(signal)
    return exited
  }
  stack.defer(async () => {
    if (!alive) return
    child.kill('SIGCONT')
    await end('SIGKILL')
  })
  return {
    child,
    exited,
    isAlive: () => alive,
    signal: (signal) => void child.kill(signal),
    end,
    ...output,
  }
}

interface Waiting {
  readonly matches: (line: string) => boolean
  readonly tell: (line: string | undefined) => void
}

function keepOutput(
  { stdout, stderr }: Running['child'],
  exited: Running['exited'],
  keptChars: number,
): Pick<Running, 'line' | 'errorText' | 'outputText'> {
  let errorText = ''
  let outputText = ''
  let isOver = false
  const waiting = new Set<Waiting>()
  stderr.on('data', (chunk: Buffer) => {
    errorText = (errorText + chunk.toString()).slice(-keptChars)
  })
  createInterface({ input: stdout }).on('line', (line) => {
    outputText = `${outputText}${line}\n`.slice(-keptChars)
    for (const one of waiting) if (one.matches(line)) one.tell(line)
  })
  const endWaiting = () => {
    isOver = true
    for (const { tell } of waiting) tell(undefined)
  }
  exited.then(endWaiting, endWaiting)
  return {
    line: (matches) =>
      new Promise((resolve) => {
        if (isOver) resolve(undefined)
        const one: Waiting = {
          matches,
          tell: (line) => {
            waiting.delete(one)
            resolve(line)
          },
        }
        waiting.add(one)
      }),
    errorText: () => errorText,
    outputText: () => outputText,
  }
}
