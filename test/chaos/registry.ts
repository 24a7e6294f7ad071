import type { Scenario } from './harness/scenario.ts'
import { backlog } from './scenarios/backlog/backlog.ts'
import { backup } from './scenarios/backup/backup.ts'
import { crashPairs } from './scenarios/crash-pairs/crash-pairs.ts'
import { databaseFaults } from './scenarios/database/database.ts'
import { day } from './scenarios/day/day.ts'
import { delivery } from './scenarios/delivery/delivery.ts'
import { diskFull } from './scenarios/disk-full.ts'
import { failover } from './scenarios/failover/failover.ts'
import { identity } from './scenarios/identity/identity.ts'
import { kill } from './scenarios/kill.ts'
import { leaders } from './scenarios/leaders/leaders.ts'
import { lives } from './scenarios/lives/lives.ts'
import { lost } from './scenarios/lost/lost.ts'
import { marketing } from './scenarios/marketing/marketing.ts'
import { model } from './scenarios/model/model.ts'
import { month } from './scenarios/month/month.ts'
import { prometheus } from './scenarios/prometheus/prometheus.ts'
import { shutdown } from './scenarios/shutdown/shutdown.ts'
import { syscalls } from './scenarios/syscalls.ts'
import { upgrade } from './scenarios/upgrade/upgrade.ts'

/** Every scenario. A new one is one file and one line. */
export const scenarios: readonly Scenario[] = [
  kill,
  syscalls,
  crashPairs,
  delivery,
  lost,
  backlog,
  backup,
  databaseFaults,
  failover,
  upgrade,
  identity,
  diskFull,
  leaders,
  shutdown,
  prometheus,
  marketing,
  model,
  month,
  lives,
  day,
]
