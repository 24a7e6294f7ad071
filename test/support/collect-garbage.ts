import { z } from 'zod'

const targetsSchema = z.tuple([z.object({ webSocketDebuggerUrl: z.url() })])
const answerSchema = z.object({ id: z.literal(1), error: z.unknown().optional() })
const timeoutMs = 30_000

/**
 * Has a process that was started with `--inspect=127.0.0.1:<port>` collect all its garbage, by the DevTools protocol
 * (https://chromedevtools.github.io/devtools-protocol/v8/HeapProfiler/#method-collectGarbage).
 */
export async function collectGarbage(inspectorPort: number): Promise<void> {
  const list = await fetch(`http://127.0.0.1:${inspectorPort}/json/list`)
  const [{ webSocketDebuggerUrl }] = targetsSchema.parse(await list.json())
  const socket = new WebSocket(webSocketDebuggerUrl)
  try {
    const answer = await new Promise((resolve, reject) => {
      setTimeout(() => reject(new Error('no answer of the inspector')), timeoutMs).unref()
      socket.onerror = () => reject(new Error('the inspector cannot be reached'))
      socket.onopen = () => socket.send('{"id":1,"method":"HeapProfiler.collectGarbage"}')
      socket.onmessage = ({ data }) => resolve(JSON.parse(String(data)))
    })
    const { error } = answerSchema.parse(answer)
    if (error !== undefined) throw new Error(`the inspector refused: ${JSON.stringify(error)}`)
  } finally {
    socket.close()
  }
}
