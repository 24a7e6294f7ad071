import { setImmediate as breathe } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { noTraces } from '../../../instrumentation/traces/traces.ts'
import { createUnlimitedPacing } from '../../../src/stripe/client/pacing.ts'
import { createJob, createOnce } from '../../../src/stripe/sync/job.ts'

function openPacing() {
  const aborter = new AbortController()
  const pacing = createUnlimitedPacing(aborter.signal, async () => undefined)
  return { aborter, pacing }
}

test('runs of a job follow each other in order, also after one that failed', async () => {
  const { pacing } = openPacing()
  const ends = [1, 2, 3].map(() => Promise.withResolvers<string>())
  const begun: number[] = []
  const spans: string[] = []
  let checks = 0
  const job = createJob(
    'sweep',
    () => {
      begun.push(begun.length)
      return ends[begun.length - 1]?.promise ?? Promise.reject(new Error('too many'))
    },
    {
      pacing,
      traces: {
        ...noTraces,
        span: (start, work) => {
          spans.push(start.name)
          return noTraces.span(start, work)
        },
      },
      ready: async () => {
        checks += 1
      },
    },
  )
  expect(job.isRunning()).toBe(false)
  const runs = ends.map(() => job.run())
  let hasEnded = false
  const ended = job.ended().then(() => {
    hasEnded = true
  })
  await breathe()
  expect([job.isRunning(), begun, hasEnded]).toEqual([true, [0], false])
  ends[0]?.reject(new Error('Stripe is away'))
  await expect(runs[0]).rejects.toThrow('Stripe is away')
  ends[1]?.resolve('second')
  ends[2]?.resolve('third')
  expect(await Promise.all(runs.slice(1))).toEqual(['second', 'third'])
  await ended
  expect([job.isRunning(), begun, checks]).toEqual([false, [0, 1, 2], 3])
  expect(spans).toEqual(['sweep', 'sweep', 'sweep'])
})

test('a stopped job does not run any more, and does not check whether it could', async () => {
  const { aborter, pacing } = openPacing()
  const neverCalled = () => Promise.reject(new Error('it ran'))
  const job = createJob('sweep', neverCalled, { pacing, traces: noTraces, ready: neverCalled })
  aborter.abort(new Error('stopped'))
  await expect(job.run()).rejects.toThrow('stopped')
})

test('a check that succeeds is made once, one that fails again at the next call', async () => {
  const { pacing } = openPacing()
  let checks = 0
  const check = createOnce(async () => {
    checks += 1
    if (checks === 1) throw new Error('another account')
  }, pacing)
  const both = [check(), check()]
  for (const one of both) await expect(one).rejects.toThrow('another account')
  expect(checks).toBe(1)
  await Promise.all([check(), check()])
  await check()
  expect(checks).toBe(2)
})
