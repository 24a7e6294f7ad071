import { z } from 'zod'

const targetsSchema = z.tuple([z.object({ webSocketDebuggerUrl: z.url() })])
const answerSchema = z.object({
  id: z.int(),
  result: z.unknown().optional(),
  error: z.unknown().optional(),
})
const heapUsageSchema = z.object({ usedSize: z.number(), backingStorageSize: z.number() })
const timeoutMs = 30_000

/**
 * Has a process that was started with `--inspect=127.0.0.1:<port>` collect all its garbage, and returns what it then
 * still holds in V8's heap and in buffers, in megabytes, by the DevTools protocol
 * (https://chromedevtools.github.io/devtools-protocol/v8/HeapProfiler/#method-collectGarbage,
 * https://chromedevtools.github.io/devtools-protocol/v8/Runtime/#method-getHeapUsage).
 */
export async function collectAndReadHeld(inspectorPort: number): Promise<number> {
  const list = await fetch(`http://127.0.0.1:${inspectorPort}/json/list`)
  const [{ webSocketDebuggerUrl }] = targetsSchema.parse(await list.json())
  const socket = new WebSocket(webSocketDebuggerUrl)
  try {
    await opened(socket)
    await call(socket, 'HeapProfiler.collectGarbage')
    const usage = heapUsageSchema.parse(await call(socket, 'Runtime.getHeapUsage'))
    return (usage.usedSize + usage.backingStorageSize) / 1e6
  } finally {
    socket.close()
  }
}

function opened(socket: WebSocket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.onopen = () => resolve()
    socket.onerror = () => reject(new Error('the inspector cannot be reached'))
  })
}

async function call(socket: WebSocket, method: string): Promise<unknown> {
  const text = await new Promise((resolve, reject) => {
    setTimeout(
      () => reject(new Error(`no answer of the inspector to ${method}`)),
      timeoutMs,
    ).unref()
    socket.onmessage = ({ data }) => resolve(String(data))
    socket.send(JSON.stringify({ id: 1, method }))
  })
  const { result, error } = answerSchema.parse(JSON.parse(String(text)))
  if (error !== undefined) throw new Error(`the inspector refused: ${JSON.stringify(error)}`)
  return result
}
