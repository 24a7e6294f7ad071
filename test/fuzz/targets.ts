import type { FuzzTarget } from './target.ts'
import { apiTarget } from './targets/api.ts'
import { scheduleTarget } from './targets/schedules.ts'
import { settingsTarget } from './targets/settings.ts'
import { signatureTarget } from './targets/signatures.ts'

/** Everything that takes inputs from outside. */
export const targets: readonly FuzzTarget[] = [
  signatureTarget,
  scheduleTarget,
  settingsTarget,
  apiTarget,
]
