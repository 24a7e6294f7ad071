import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { createCallers } from './callers.ts'
import { type Running, run } from './processes.ts'
import type { Scenario, Storm } from './scenario.ts'
import { until } from './wait.ts'
import { createWorld, type ReadyService } from './world.ts'

/** The calls by which a process changes a file or tells somebody something. */
const calls = [
  'write',
  'writev',
  'pwrite64',
  'pwritev',
  'pwritev2',
  'fsync',
  'fdatasync',
  'ftruncate',
  'sendto',
  'sendmsg',
] as const

/** `kill -9` at every write, send and fsync of one payment's webhooks, one checkout, one post. */
export const syscalls: Scenario = {
  name: 'syscalls',
  summary: 'kill -9 at every write, send and fsync of one webhook, one checkout, one post',
  engines: ['sqlite'],
  rounds: { small: 3, full: 10_000 },
  missing: () => (hasStrace() ? undefined : 'strace is not here: apt-get install strace'),
  run: async (storm) => {
    const world = await createWorld(storm)
    let service = await world.startAlone()
    const campaignId = await world.createCampaign()
    const callers = createCallers(world)
    const operations: Readonly<Record<string, () => Promise<void>>> = {
      webhook: async () => {
        await world.stripe.pay('success', 1)
        await world.stripe.drained()
      },
      checkout: async () => void (await callers.checkout('starter')),
      post: () => callers.post(campaignId),
    }
    for (const operate of Object.values(operations)) await operate()

    const kills: Record<string, number> = {}
    const violations: string[] = []
    let total = 0
    let left = calls.flatMap((call) => Object.keys(operations).map((name) => ({ name, call })))
    for (let position = 1; left.length > 0 && total < storm.rounds; position += 1) {
      const reached: typeof left = []
      for (const { name, call } of left) {
        if (total >= storm.rounds || violations.length > 0) break
        const strace = await trace(storm, service, `inject=${call}:signal=KILL:when=${position}`)
        const done = operations[name]?.()
        const killed = await Promise.race([
          service.exited.then(() => true),
          done?.then(() => false) ?? false,
        ])
        await letGo(strace)
        if (killed || !service.isAlive()) {
          reached.push({ name, call })
          total += 1
          kills[name] = (kills[name] ?? 0) + 1
          const lost = await world.lostByKill()
          service = await world.startAlone()
          await done
          violations.push(
            ...[...lost, ...(await world.rest([service.metricsUrl]))].map(
              (violation) => `${name}, ${call} ${position}: ${violation}`,
            ),
          )
        }
      }
      left = reached
    }
    violations.push(...(await world.rest([service.metricsUrl])))
    await service.end('SIGTERM')
    return { figures: { kills: total, ...kills }, violations }
  },
}

/** Asked to, strace lets the service go; with nothing left to watch it may wait for ever. */
const letGo = async (strace: Running): Promise<void> => {
  await Promise.race([strace.end('SIGINT'), sleep(2_000, undefined, { ref: false })])
  await strace.end('SIGKILL')
}

const hasStrace = (): boolean => {
  try {
    execFileSync('strace', ['-V'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** Resolves once every thread of the service is watched. Calls are counted from then on, by thread. */
const trace = async (storm: Storm, service: ReadyService, injection: string): Promise<Running> => {
  const { pid } = service.child
  const [, call = ''] = /^inject=(\w+):/.exec(injection) ?? []
  const strace = run(storm.stack, {
    command: 'strace',
    args: [
      '-f',
      '-q',
      '-o',
      '/dev/null',
      '-e',
      `trace=${call}`,
      '-e',
      injection,
      '-p',
      String(pid),
    ],
    folder: storm.folder,
    environment: {},
  })
  const isWatched = (): boolean => {
    if (!strace.isAlive()) throw new Error(`strace ended: ${strace.errorText()}`)
    const tasks = `/proc/${pid}/task`
    return readdirSync(tasks).every((task) =>
      /TracerPid:\t[1-9]/.test(readFileSync(`${tasks}/${task}/status`, 'utf8')),
    )
  }
  await until('strace to watch the service', isWatched)
  return strace
}
