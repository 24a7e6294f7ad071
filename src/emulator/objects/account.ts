import type { ApiRoute } from '../api/route.ts'
import { noSuch } from '../api/stripe-error.ts'
import type { UnitOfWork } from '../context.ts'
import { newSecret } from '../store/ids.ts'

/** The one account of this emulator, random, and stored in its file. */
function accountId({ store }: Pick<UnitOfWork, 'store'>): string {
  return store.keep('account', () => newSecret('acct_1', 16))
}

function account(unit: UnitOfWork): object {
  return {
    id: accountId(unit),
    object: 'account',
    business_type: 'company',
    charges_enabled: true,
    country: 'US',
    default_currency: 'usd',
    details_submitted: true,
    email: 'emulator@example.com',
    payouts_enabled: true,
    settings: { dashboard: { display_name: 'Emulator', timezone: 'Etc/UTC' } },
    type: 'standard',
  }
}

export const accountRoutes: readonly ApiRoute[] = [
  { method: 'get', path: '/v1/account', handle: ({ unit }) => account(unit) },
  {
    method: 'get',
    path: '/v1/accounts/:id',
    handle: ({ unit, id }) => {
      if (id !== accountId(unit)) throw noSuch('account', id, 'account', 404)
      return account(unit)
    },
  },
]
