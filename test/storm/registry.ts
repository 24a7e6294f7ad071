import { backup } from './backup.ts'
import { crashPairs } from './crash-pairs.ts'
import { databaseFaults } from './database-faults.ts'
import { delivery } from './delivery.ts'
import { diskFull } from './disk-full.ts'
import { kill } from './kill.ts'
import { lost } from './lost.ts'
import { marketing } from './marketing.ts'
import { model } from './model.ts'
import { prometheus } from './prometheus.ts'
import type { Scenario } from './scenario.ts'
import { syscalls } from './syscalls.ts'
import { voices } from './voices.ts'

/** Every storm. A new one is one file and one line. */
export const scenarios: readonly Scenario[] = [
  kill,
  syscalls,
  crashPairs,
  delivery,
  lost,
  backup,
  databaseFaults,
  diskFull,
  voices,
  prometheus,
  marketing,
  model,
]
