import { account } from './account.ts'
import { alerts } from './alerts.ts'
import { arrivals } from './arrivals.ts'
import type { Check } from './check.ts'
import { endpoint } from './endpoint.ts'
import { permissions } from './permissions.ts'
import { prices } from './prices.ts'
import { refusals } from './refusals.ts'
import { schema } from './schema.ts'
import { settings } from './settings.ts'
import { sweeps } from './sweeps.ts'

/** All checks of the doctor, in order. A new check is one file and one line. */
export const checks: readonly Check[] = [
  settings,
  schema,
  account,
  permissions,
  prices,
  endpoint,
  refusals,
  arrivals,
  sweeps,
  alerts,
]
