import { messageOf } from '../../errors.ts'
import { isKeyRefused, isUnavailable } from '../../stripe/client/stripe-error.ts'
import type { Step } from './step.ts'

export interface Done {
  readonly state: Step['state'] | 'made'
  readonly name: string
  readonly text: string
}

/**
 * Makes what is to be made, in order; `keepSecret` gets each signing secret at once. A step that Stripe refuses does not stop
 * the others; when Stripe cannot be reached, the rest is left to the next run.
 */
export async function applySteps(
  steps: readonly Step[],
  keepSecret: (secret: string) => void,
): Promise<readonly Done[]> {
  const done: Done[] = []
  let awayReason: string | undefined
  for (const step of steps) {
    if (step.state !== 'make') {
      done.push(step)
      continue
    }
    const { name } = step
    if (awayReason !== undefined) {
      done.push({ state: 'hand', name, text: 'not made: run setup again' })
      continue
    }
    try {
      const { text, secret } = await step.make()
      if (secret !== undefined) keepSecret(secret)
      done.push({ state: 'made', name, text })
    } catch (failure) {
      const text = explain(failure)
      done.push({ state: step.isOptional === true ? 'note' : 'hand', name, text })
      if (isUnavailable(failure) || isKeyRefused(failure)) awayReason = text
    }
  }
  return done
}

/** https://docs.stripe.com/webhooks: an account has 16 endpoints at most. */
const limitPattern = /maximum of \d+ (?:\w+ )?webhook endpoints/

function explain(failure: unknown): string {
  const message = messageOf(failure)
  return limitPattern.test(message)
    ? `${message}: delete one that is no longer used at dashboard.stripe.com/webhooks, and run setup again`
    : message
}
