const sampleEveryMs = 10

/** Runs `work`; returns by how many bytes the resident memory of this process rose at most meanwhile. */
export async function memoryRiseOf(work: () => Promise<void>): Promise<number> {
  const before = process.memoryUsage.rss()
  let highest = before
  const timer = setInterval(() => {
    highest = Math.max(highest, process.memoryUsage.rss())
  }, sampleEveryMs)
  try {
    await work()
  } finally {
    clearInterval(timer)
  }
  return Math.max(highest, process.memoryUsage.rss()) - before
}
