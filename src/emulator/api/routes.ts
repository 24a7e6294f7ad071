import { accountRoutes } from '../objects/account.ts'
import { balanceTransactionRoutes } from '../objects/balance-transaction.ts'
import { chargeRoutes } from '../objects/charge.ts'
import { checkoutSessionRoutes } from '../objects/checkout-session.ts'
import { customerRoutes } from '../objects/customer.ts'
import { eventRoutes } from '../objects/event.ts'
import { eventDestinationRoutes } from '../objects/event-destination.ts'
import { paymentIntentRoutes } from '../objects/payment-intent.ts'
import { paymentMethodRoutes } from '../objects/payment-method.ts'
import { paymentPageRoutes } from '../objects/payment-page.ts'
import { priceRoutes } from '../objects/price.ts'
import { productRoutes } from '../objects/product.ts'
import { refundRoutes } from '../objects/refund.ts'
import { webhookEndpointRoutes } from '../objects/webhook-endpoint.ts'
import type { ApiRoute } from './route.ts'

/** The part of Stripe's API that the emulator has. A new object is one file and one line here. */
export const apiRoutes: readonly ApiRoute[] = [
  ...accountRoutes,
  ...balanceTransactionRoutes,
  ...chargeRoutes,
  ...checkoutSessionRoutes,
  ...customerRoutes,
  ...eventDestinationRoutes,
  ...eventRoutes,
  ...paymentIntentRoutes,
  ...paymentMethodRoutes,
  ...paymentPageRoutes,
  ...priceRoutes,
  ...productRoutes,
  ...refundRoutes,
  ...webhookEndpointRoutes,
]
