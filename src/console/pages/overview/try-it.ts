import { html } from 'hono/html'
import { AppError } from '../../../errors.ts'
import type { ActionOutcome, ActionRequest, Html } from '../../page.ts'
import type { TryIt } from '../../use-cases.ts'

/** In the emulator: start a checkout for a plan and pay it. */
export function tryItView({ plans, shopUrl }: TryIt): Html {
  return html`
<section class="card" aria-labelledby="try-it">
  <h2 id="try-it">Try it</h2>
  <p class="soft">The emulator replaces Stripe, and no money moves. Start a checkout, pay it on the next page, and watch
  the counters here. The <a href="${shopUrl}">shop</a> also declines cards and refunds payments.</p>
  <form class="buttons" method="post" action="/try-it">${plans.map(
    (plan) => html`
    <button name="plan" value="${plan}">Start a checkout for ${plan}</button>`,
  )}
  </form>
</section>`
}

/** Starts a checkout and leads to its pay page. */
export async function startCheckout({ use, viewer, form }: ActionRequest): Promise<ActionOutcome> {
  if (use.tryIt === undefined)
    throw new AppError('not_found', 'checkouts can be started here in the emulator alone')
  const to = await use.tryIt.startCheckout(form.get('plan') ?? '', viewer.keyId)
  return { to, notice: 'A checkout was started.' }
}
