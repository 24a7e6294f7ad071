import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

/** A process of its own that ends with the stack it was started for. */
export interface Running {
  readonly child: ChildProcess
  /** Its exit code once it is gone; null when a signal ended it. */
  readonly exited: Promise<number | null>
  isAlive(): boolean
  signal(signal: NodeJS.Signals): void
  /** Sends a signal and waits until the process is gone. */
  end(signal: NodeJS.Signals): Promise<number | null>
  /** The first line of standard output that `matches`; undefined when it ended before. */
  line(matches: (line: string) => boolean): Promise<string | undefined>
  /** The last of what it wrote to standard error. */
  errorText(): string
  /** The last of what it wrote to standard output. */
  outputText(): string
}

export interface RunOptions {
  readonly command: string
  readonly args: readonly string[]
  readonly folder: string
  readonly environment: Readonly<Record<string, string | undefined>>
}

const keptChars = 8_000

export function run(stack: AsyncDisposableStack, options: RunOptions): Running {
  const child = spawn(options.command, [...options.args], {
    cwd: options.folder,
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH, ...options.environment },
  })
  let alive = true
  let errorText = ''
  let outputText = ''
  const waiting = new Set<{ matches: (line: string) => boolean; tell: (line?: string) => void }>()
  const exited = once(child, 'close').then(([code]) => {
    alive = false
    for (const one of waiting) one.tell(undefined)
    return typeof code === 'number' ? code : null
  })
  child.on('exit', () => {
    alive = false
  })
  child.stdin.on('error', () => undefined)
  child.stderr.on('data', (chunk: Buffer) => {
    errorText = (errorText + chunk.toString()).slice(-keptChars)
  })
  createInterface({ input: child.stdout }).on('line', (line) => {
    outputText = `${outputText}${line}\n`.slice(-keptChars)
    for (const one of waiting) if (one.matches(line)) one.tell(line)
  })
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
    line: (matches) =>
      new Promise((resolve) => {
        if (!alive) resolve(undefined)
        const one = {
          matches,
          tell: (line?: string) => {
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
