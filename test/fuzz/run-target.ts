import type { FuzzTarget } from './target.ts'

/** A failure is replayed from the beginning of its portion. */
const portion = 10_000

export interface FuzzReport {
  readonly name: string
  readonly runCount: number
  readonly slowestMs: number
  readonly memoryGrowthBytes: number
  readonly counts: Readonly<Record<string, number>>
}

/**
 * Runs a target over so many inputs. Throws with the smallest input that failed and how to see it again,
 * and when more memory is held at the end than the target allows.
 */
export async function runTarget(
  target: FuzzTarget,
  runCount: number,
  seed: number,
): Promise<FuzzReport> {
  await using stack = new AsyncDisposableStack()
  const opened = await target.open(stack)
  const counts: Record<string, number> = {}
  let slowestMs = 0
  const run = async (from: number, count: number): Promise<void> => {
    const outcome = await opened.run(count, seed + from)
    for (const [end, times] of Object.entries(outcome.counts))
      counts[end] = (counts[end] ?? 0) + times
    slowestMs = Math.max(slowestMs, outcome.slowestMs)
    if (outcome.failure !== undefined)
      throw new Error(
        `${target.name}: npm run fuzz -- ${target.name} --seed ${seed + from} --count ${count}\n${outcome.failure}`,
      )
  }
  const warm = Math.ceil(runCount / 10)
  for (let done = 0; done < warm; done += portion) await run(done, Math.min(portion, warm - done))
  const before = await opened.memoryBytes()
  for (let done = warm; done < runCount; done += portion)
    await run(done, Math.min(portion, runCount - done))
  const memoryGrowthBytes = (await opened.memoryBytes()) - before
  if (memoryGrowthBytes > target.memoryGrowthBytesMax)
    throw new Error(`${target.name}: ${memoryGrowthBytes} bytes more are held at the end`)
  return { name: target.name, runCount, slowestMs, memoryGrowthBytes, counts }
}
