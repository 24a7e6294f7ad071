import { spawn } from 'node:child_process'
import { Socket } from 'node:net'

type Message =
  | { readonly what: 'process' | 'process ended'; readonly pid: number }
  | { readonly what: 'server'; readonly path: string }
  | { readonly what: `${'folder' | 'mount'}${'' | ' removed'}`; readonly path: string }

const program = new URL('cleanup-process.mjs', import.meta.url).pathname
/** On the process, because Stryker loads this file anew for every mutant. */
const inputKey = Symbol.for('countinghouse.cleanup-input')

/** The cleanup process is started once it is needed; it does not keep this process alive. */
function cleanupInput(): Socket {
  const started: unknown = Reflect.get(process, inputKey)
  if (started instanceof Socket) return started

  const child = spawn(process.execPath, [program], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  child.unref()
  // `spawn` makes a socket of every pipe.
  const pipe = child.stdin as Socket
  pipe.on('error', () => undefined)
  pipe.unref()
  Reflect.set(process, inputKey, pipe)
  return pipe
}

function tell(message: Message): void {
  cleanupInput().write(`${JSON.stringify(message)}\n`)
}

/**
 * Has a process ended when this one is gone, even by `kill -9`. Answers what to call once the process
 * has ended by itself.
 */
export function endWithUs(pid: number | undefined): () => void {
  if (pid === undefined) return () => undefined
  tell({ what: 'process', pid })
  return () => tell({ what: 'process ended', pid })
}

/** Has the PostgreSQL ended that has this process file when this process is gone, as often as it is started. */
export function endServerWithUs(path: string): void {
  tell({ what: 'server', path })
}

/** Has a folder removed, or a mount undone, when this process is gone. Answers what to call once that is done. */
export function removeWithUs(path: string, what: 'folder' | 'mount' = 'folder'): () => void {
  tell({ what, path })
  return () => tell({ what: `${what} removed`, path })
}
