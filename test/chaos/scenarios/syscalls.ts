import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Running, run } from '../../support/run-process.ts'
import { until } from '../../support/until.ts'
import { createCallers } from '../harness/callers.ts'
import type { ChaosRun, Scenario } from '../harness/scenario.ts'
import { createTestBed, type ReadyService } from '../harness/test-bed.ts'

const sends = ['write', 'writev', 'sendto', 'sendmsg'] as const
const fileCalls = ['pwrite64', 'pwritev', 'pwritev2', 'fsync', 'fdatasync', 'ftruncate'] as const

/** The system calls by which a process changes a file or sends something. */
const callsOf = { sqlite: [...sends, ...fileCalls], postgres: sends } as const

/** strace counts calls by thread. There are the main one, and of Node's pool one alone. */
const threads = ['main', 'others'] as const
const environment = { UV_THREADPOOL_SIZE: '1' }

interface Target {
  readonly name: string
  readonly call: string
  readonly thread: (typeof threads)[number]
}

/** `kill -9` at every write, send and fsync of one payment's webhooks, one checkout, one post. */
export const syscalls: Scenario = {
  name: 'syscalls',
  summary:
    'the service is killed at every write, send and fsync of one webhook, one checkout, one post',
  engines: ['sqlite', 'postgres'],
  rounds: { small: 3, full: 10_000 },
  missing: () => (hasStrace() ? undefined : 'strace is not here: apt-get install strace'),
  run: async (chaos) => {
    const bed = await createTestBed(chaos)
    let service = await bed.startAlone({ environment })
    const campaignId = await bed.createCampaign()
    const callers = createCallers(bed)
    const operations: Readonly<Record<string, () => Promise<void>>> = {
      webhook: async () => {
        await bed.stripe.pay('success', 1)
        await bed.stripe.drained()
      },
      checkout: async () => void (await callers.checkout('starter')),
      post: () => callers.post(campaignId),
    }
    for (const operate of Object.values(operations)) await operate()

    const names = Object.keys(operations)
    const kills: Record<string, number> = Object.fromEntries(
      [...names, 'at a send', 'at a file'].map((name) => [name, 0]),
    )
    const violations: string[] = []
    let total = 0
    let left: readonly Target[] = threads.flatMap((thread) =>
      callsOf[chaos.engine].flatMap((call) => names.map((name) => ({ name, call, thread }))),
    )
    for (let position = 1; left.length > 0 && total < chaos.rounds; position += 1) {
      const reached: Target[] = []
      for (const target of left) {
        if (total >= chaos.rounds || violations.length > 0) break
        const { name, call, thread } = target
        const strace = await trace(chaos, service, target, position)
        const done = operations[name]?.()
        const killed = await Promise.race([
          service.exited.then(() => true),
          done?.then(() => false) ?? false,
        ])
        await letGo(strace)
        if (killed || !service.isAlive()) {
          reached.push(target)
          total += 1
          const kind = sends.some((send) => send === call) ? 'at a send' : 'at a file'
          for (const one of [name, kind]) kills[one] = (kills[one] ?? 0) + 1
          const lost = await bed.lostByKill()
          service = await bed.startAlone({ environment })
          await done
          // After a kill on PostgreSQL no replica leads until the lease has run out: audited at once, below.
          const resting = chaos.engine === 'sqlite' ? await bed.rest([service.metricsUrl]) : []
          violations.push(
            ...[...lost, ...resting].map(
              (violation) => `${name}, ${call} ${position} of ${thread}: ${violation}`,
            ),
          )
        }
      }
      left = reached
      if (chaos.engine === 'postgres' && reached.length > 0)
        violations.push(
          ...(await bed.rest([service.metricsUrl])).map(
            (violation) => `after the calls ${position}: ${violation}`,
          ),
        )
    }
    violations.push(...(await bed.rest([service.metricsUrl])))
    await service.end('SIGTERM')
    const due = chaos.engine === 'sqlite' && left.length === 0 ? Object.keys(kills) : names
    for (const one of due)
      if (kills[one] === 0) violations.push(`${one}: no kill, so nothing was tried`)
    return { figures: { kills: total, ...kills }, violations }
  },
}

/** Asked to, strace lets the service go; with nothing left to watch it may never end. */
async function letGo(strace: Running): Promise<void> {
  await Promise.race([strace.end('SIGINT'), sleep(2_000, undefined, { ref: false })])
  await strace.end('SIGKILL')
}

function hasStrace(): boolean {
  try {
    execFileSync('strace', ['-V'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** Resolves once those threads of the service are watched. Calls are counted from then on, by thread. */
async function trace(
  chaos: ChaosRun,
  { child: { pid } }: ReadyService,
  { call, thread }: Target,
  position: number,
): Promise<Running> {
  const tasks = `/proc/${pid}/task`
  const watched = readdirSync(tasks).filter(
    (task) => (task === String(pid)) === (thread === 'main'),
  )
  const strace = run(chaos.stack, {
    command: 'strace',
    args: [
      '-q',
      '-o',
      '/dev/null',
      '-e',
      `trace=${call}`,
      '-e',
      `inject=${call}:signal=KILL:when=${position}`,
      ...watched.flatMap((task) => ['-p', task]),
    ],
    folder: chaos.folder,
    environment: {},
  })
  const isWatched = (): boolean => {
    if (!strace.isAlive()) throw new Error(`strace ended: ${strace.errorText()}`)
    return watched.every((task) =>
      /TracerPid:\t[1-9]/.test(readFileSync(`${tasks}/${task}/status`, 'utf8')),
    )
  }
  await until('strace to watch the service', isWatched)
  return strace
}
