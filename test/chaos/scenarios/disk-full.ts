import { sqlitePlace } from '../harness/ledger-place.ts'
import { startLoad } from '../harness/load.ts'
import type { Scenario } from '../harness/scenario.ts'
import {
  fillUntilRefused,
  missingSmallDisk,
  mountSmallDisk,
  noSmallDisk,
} from '../harness/small-disk.ts'
import { createTestBed } from '../harness/test-bed.ts'

const diskMegabytes = 24
const healMsMax = 30_000

/** A SQLite ledger on a disk that is full, and has room again: with and without a kill in between. */
export const diskFull: Scenario = {
  name: 'disk-full',
  summary: 'the disk of a SQLite ledger is full under load, and has room again',
  engines: ['sqlite'],
  rounds: { small: 1, full: 12 },
  missing: missingSmallDisk,
  run: async (chaos) => {
    const { random, folder, stack } = chaos
    const disk = mountSmallDisk(stack, folder, diskMegabytes)
    if (disk === undefined) throw new Error(noSmallDisk)
    const bed = await createTestBed(chaos, { place: sqlitePlace(disk.folder, folder) })
    let service = await bed.startAlone()
    const campaignId = await bed.createCampaign()
    const watch = bed.scrapes.watch(() => (service.isAlive() ? [service.metricsUrl] : []), 100)
    const figures = { 'times full': 0, refused: 0, kills: 0 }
    const violations: string[] = []

    for (let round = 1; round <= chaos.rounds && violations.length === 0; round += 1) {
      const load = startLoad(bed, { campaignId, random: random.fork(), paymentsAtOnce: 1 })
      const { refused, wasNotReady } = await fillUntilRefused(disk, bed, service.apiUrl)
      figures['times full'] += 1
      figures.refused += refused
      if (refused === 0) violations.push(`round ${round}: nothing was refused on a full disk`)
      if (!wasNotReady) violations.push(`round ${round}: /readyz did not report the full disk`)
      if (!service.isAlive()) violations.push(`round ${round}: it died: ${service.errorText()}`)
      if (random.chance(0.3)) {
        await service.end('SIGKILL')
        figures.kills += 1
        violations.push(...(await bed.lostByKill()))
        service = await bed.startAlone()
      }
      await load.stop()
      violations.push(
        ...(await bed.lostSoFar()),
        ...(await bed.healed([service.metricsUrl], healMsMax)),
      )
    }
    await watch.stop()
    await service.end('SIGTERM')
    return {
      figures: { ...figures, acknowledged: bed.acknowledged.size, pages: bed.scrapes.pages },
      violations,
    }
  },
}
