import type { Scenario } from './harness/scenario.ts'
import { backup } from './scenarios/backup.ts'
import { crashPairs } from './scenarios/crash-pairs.ts'
import { databaseFaults } from './scenarios/database.ts'
import { delivery } from './scenarios/delivery.ts'
import { diskFull } from './scenarios/disk-full.ts'
import { kill } from './scenarios/kill.ts'
import { leaders } from './scenarios/leaders.ts'
import { lost } from './scenarios/lost.ts'
import { marketing } from './scenarios/marketing.ts'
import { model } from './scenarios/model.ts'
import { prometheus } from './scenarios/prometheus.ts'
import { syscalls } from './scenarios/syscalls.ts'

/** Every scenario. A new one is one file and one line. */
export const scenarios: readonly Scenario[] = [
  kill,
  syscalls,
  crashPairs,
  delivery,
  lost,
  backup,
  databaseFaults,
  diskFull,
  leaders,
  prometheus,
  marketing,
  model,
]
