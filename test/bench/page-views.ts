import type { DatabaseLocation } from '../../src/database/open.ts'
import { startOn } from './service-on.ts'

/** One view of the operator's page by one process: its first one, and the next one after what it shares is old. */
export interface PageView {
  readonly firstMs: number
  readonly nextMs: number
}

const sharedForMs = 1_100

/** How long the server takes for the overview, from the request to the last byte, in a new process each time. */
export async function viewOverview(
  location: DatabaseLocation,
  rounds: number,
): Promise<readonly PageView[]> {
  const views: PageView[] = []
  for (let round = 0; round < rounds; round += 1) {
    await using stack = new AsyncDisposableStack()
    const service = await startOn(stack, location)
    const firstMs = await msOf(`${service.apiUrl}/`)
    await new Promise((resolve) => setTimeout(resolve, sharedForMs))
    views.push({ firstMs, nextMs: await msOf(`${service.apiUrl}/`) })
    await service.end('SIGTERM')
  }
  return views
}

/** The milliseconds of one GET. Throws unless it is answered 200. */
export async function msOf(url: string): Promise<number> {
  const startedAt = performance.now()
  const answer = await fetch(url)
  await answer.arrayBuffer()
  if (answer.status !== 200) throw new Error(`${url} was answered ${answer.status}`)
  return performance.now() - startedAt
}
