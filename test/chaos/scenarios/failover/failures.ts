import { setTimeout as sleep } from 'node:timers/promises'
import type { PatroniCluster } from '../../../support/patroni/cluster.ts'
import type { PatroniNode } from '../../../support/patroni/node.ts'
import type { Random } from '../../../support/random.ts'
import { until } from '../../../support/until.ts'

/** What happens to the cluster, and what mends it once it can be written again. */
export interface Failure {
  /** Whether another server, or the same one started again, takes the writes afterwards. */
  readonly changesServer: boolean
  happen(cluster: PatroniCluster, random: Random): Promise<Mend>
}

type Mend = () => Promise<void> | void

async function primaryOf(cluster: PatroniCluster): Promise<PatroniNode> {
  let found: PatroniNode | undefined
  await until('a primary', async () => {
    found = await cluster.primary()
    return found !== undefined
  })
  if (found === undefined) throw new RangeError('there is a primary')
  return found
}

function nothing(): void {}

/** By name, each round one. */
export const failures: Readonly<Record<string, Failure>> = {
  'switched over': {
    changesServer: true,
    happen: async (cluster) => {
      const primary = await primaryOf(cluster)
      await cluster.switchOver(primary)
      return nothing
    },
  },
  'machine killed': {
    changesServer: true,
    happen: async (cluster) => {
      const primary = await primaryOf(cluster)
      primary.kill()
      return () => primary.start()
    },
  },
  'PostgreSQL killed': {
    changesServer: true,
    happen: async (cluster) => {
      const primary = await primaryOf(cluster)
      return primary.killPostgres()
    },
  },
  'machine paused': {
    changesServer: true,
    happen: async (cluster, random) => {
      const primary = await primaryOf(cluster)
      primary.pause()
      return async () => {
        await sleep(random.integer(0, 3_000))
        primary.resume()
      }
    },
  },
  'standby killed': {
    changesServer: false,
    happen: async (cluster) => {
      const standby = await cluster.synchronousStandby()
      standby?.kill()
      return () => standby?.start()
    },
  },
}
