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

/** What has to be right before the first start: also `npm run setup -- --check`. */
export const firstChecks: readonly Check[] = [settings, account, permissions, prices, endpoint]

/** All checks of the doctor, in order. A new check is one file and one line. */
export const checks: readonly Check[] = [...firstChecks, schema, refusals, arrivals, sweeps, alerts]
