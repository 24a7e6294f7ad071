import { writeFileSync } from 'node:fs'

/**
 * Preloaded into the service: how long its event loop was held, measured by a timer of 1 ms. On SIGUSR2 it writes the
 * milliseconds of the time since the last one to the file in LOOP_PROBE_FILE.
 */
const everyMs = 1
let lateMs = []
let lastAt = performance.now()

setInterval(() => {
  const at = performance.now()
  lateMs.push(at - lastAt - everyMs)
  lastAt = at
}, everyMs).unref()

process.on('SIGUSR2', () => {
  const sorted = lateMs.toSorted((one, other) => one - other)
  lateMs = []
  const longestMs = sorted.at(-1) ?? 0
  const p99Ms = sorted[Math.ceil(0.99 * sorted.length) - 1] ?? 0
  writeFileSync(process.env.LOOP_PROBE_FILE, `${JSON.stringify({ longestMs, p99Ms })}\n`)
})
