import { setTimeout as sleep } from 'node:timers/promises'
import { fetchOnce } from '../../support/fetch-once.ts'
import { acknowledgeMore } from './acknowledge-more.ts'
import { mismatches, type Release } from './releases.ts'
import type { ReadyService, TestBed } from './test-bed.ts'

/** The replicas of one ledger behind the balancer. */
export interface Fleet {
  readonly bed: TestBed
  replicas: readonly ReadyService[]
  /** Told of whenever the replicas change. */
  readonly onChange?: (replicas: readonly ReadyService[]) => void
  /** Settings of every replica beside those of the bed. */
  environment?: Readonly<Record<string, string>>
}

/** Longer than the balancer takes to see that a replica is not ready. */
const drainDelay = '1s'
const probeMs = 50

/** Adds a replica; requests reach it once it is ready. Answers how it is not that release. */
export async function addReplica(fleet: Fleet, release: Release): Promise<readonly string[]> {
  const { bed, environment } = fleet
  const { entry } = release
  const replica = await bed.startReady({
    entry,
    environment: { ...environment, DRAIN_DELAY: drainDelay },
  })
  setReplicas(fleet, [...fleet.replicas, replica])
  return mismatches(release, replica.apiUrl)
}

/**
 * Replaces each replica by one of the release, as a rolling update with one surplus pod does: the new one is ready
 * before an old one is told to stop. The balancer only knows what `/readyz` tells it. Answers what went wrong.
 */
export async function replaceOneByOne(fleet: Fleet, release: Release): Promise<readonly string[]> {
  const problems: string[] = []
  for (const old of fleet.replicas) {
    problems.push(...(await addReplica(fleet, release)))
    problems.push(...(await retire(fleet, old)))
    await acknowledgeMore(fleet.bed)
  }
  return problems
}

async function retire(fleet: Fleet, old: ReadyService): Promise<readonly string[]> {
  const ended = old.end('SIGTERM')
  while (old.isAlive() && (await isReady(old))) await sleep(probeMs)
  setReplicas(
    fleet,
    fleet.replicas.filter((one) => one !== old),
  )
  const exitCode = await ended
  return exitCode === 0 ? [] : [`a stop ended with ${exitCode}: ${old.errorText()}`]
}

async function isReady({ apiUrl }: ReadyService): Promise<boolean> {
  const answer = await fetchOnce(`${apiUrl}/readyz`).catch(() => undefined)
  await answer?.text().catch(() => undefined)
  return answer?.status === 200
}

function setReplicas(fleet: Fleet, replicas: readonly ReadyService[]): void {
  fleet.replicas = replicas
  fleet.bed.balancer.setTargets(replicas.map(({ apiUrl }) => apiUrl))
  fleet.onChange?.(replicas)
}
