import type { ApiRoute } from '../api/route.ts'
import { noSuch } from '../api/stripe-error.ts'
import type { Turn } from '../context.ts'
import { newSecret } from '../store/ids.ts'

/** The one account of this sandbox, random and the same for the life of its file. */
export function accountId({ store }: Pick<Turn, 'store'>): string {
  return store.keep('account', () => newSecret('acct_1', 16))
}

function account(turn: Turn): object {
  return {
    id: accountId(turn),
    object: 'account',
    business_type: 'company',
    charges_enabled: true,
    country: 'US',
    default_currency: 'usd',
    details_submitted: true,
    email: 'sandbox@example.com',
    payouts_enabled: true,
    settings: { dashboard: { display_name: 'Sandbox', timezone: 'Etc/UTC' } },
    type: 'standard',
  }
}

export const accountRoutes: readonly ApiRoute[] = [
  { method: 'get', path: '/v1/account', handle: ({ turn }) => account(turn) },
  {
    method: 'get',
    path: '/v1/accounts/:id',
    handle: ({ turn, id }) => {
      if (id !== accountId(turn)) throw noSuch('account', id, 'account', 404)
      return account(turn)
    },
  },
]
