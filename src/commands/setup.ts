import { AppError, messageOf } from '../errors.ts'
import { lacksPermission } from '../stripe/client/stripe-error.ts'
import type { CommandContext } from './command.ts'
import { firstChecks } from './doctor/registry.ts'
import { runDoctor } from './doctor.ts'
import { reachSetup, reachStripe } from './reach-stripe.ts'
import { type CommandDescription, printerOf, readOptions } from './read-options.ts'
import { applySteps } from './setup/apply.ts'
import { planEndpoints } from './setup/plan-endpoints.ts'
import { findUnpriced, planPrices, readPrices } from './setup/plan-prices.ts'
import { describeAccount, describePermissions, type Refusal, report } from './setup/report.ts'
import type { SetupContext } from './setup/setup-context.ts'
import { describeSteps, type Step } from './setup/step.ts'
import {
  priceExample,
  readPriceOptions,
  readWantedPrice,
  type WantedPrice,
} from './setup/wanted-price.ts'

const description = {
  usage:
    'npm run setup -- [--price starter=19.00usd/month]… [--transfer-lookup-key] [--yes | --dry-run | --check] [--json]',
  about: `Makes at Stripe what the service needs and Stripe does not have: a product and a price for each plan, the webhook endpoint
with our events, and a second one for thin events. It needs STRIPE_SECRET_KEY and PUBLIC_URL, shows what it would make, and
asks. A second run makes nothing twice. Prices are never changed. It ends with the line for .env.`,
  exitCodes: '0 everything is there, 1 something is left for you, 2 it could not run.',
  options: {
    price: {
      type: 'string',
      multiple: true,
      value: '<key>=<price>',
      help: `what a lookup key costs, such as starter=${priceExample}, team=99eur/3months or, once, course=250usd`,
    },
    'transfer-lookup-key': {
      type: 'boolean',
      help: 'where a price differs from --price, make a new one and move its lookup key',
    },
    yes: { type: 'boolean', help: 'make it without asking' },
    'dry-run': { type: 'boolean', help: 'only show what would be made' },
    check: { type: 'boolean', help: 'only check what is there, as doctor does' },
  },
} as const satisfies CommandDescription

type Options = NonNullable<ReturnType<typeof readOptions<typeof description>>>

/** Makes at Stripe what is missing, after it was shown and agreed to. Resolves with 0 if nothing is left to do, otherwise 1. */
export async function setup(context: CommandContext): Promise<number> {
  const options = readOptions(context, description)
  if (options === undefined) return 0
  refuseContradictions(options)
  const print = printerOf(options.json, context.print)
  if (options.check === true)
    return runDoctor(context, firstChecks, { isJson: options.json === true, hasLedger: false })
  for (const line of describePermissions()) print(line)
  const { config, now } = context
  if (config.stripe.secretKey === undefined)
    throw new AppError(
      'invalid_settings',
      'STRIPE_SECRET_KEY is missing: make a restricted key with these permissions at dashboard.stripe.com/apikeys. Without a key the service runs on the emulator, which needs no setup',
    )
  const wanted = readPriceOptions(options.price ?? [], config.plans)
  const gateway = reachStripe(config)
  const account = await gateway.retrieveAccount().catch((cause: unknown) => {
    if (lacksPermission(cause)) return undefined
    throw cause
  })
  for (const line of describeAccount(account, context)) print(line)
  const clock = () => account?.stripeNow ?? now()
  const setupContext = { config, gateway, setup: reachSetup(config), now: clock }
  const steps = await planSteps(setupContext, wanted, options, context)
  for (const line of describeSteps(steps)) print(line)
  print('')
  const refusal = await askToMake(steps, options, context)
  const isJson = options.json === true
  if (refusal !== undefined) return report(context, { done: steps, secrets: [], refusal, isJson })
  const secrets: string[] = []
  const done = await applySteps(steps, (secret) => secrets.push(secret))
  return report(context, { done, secrets, isJson })
}

function refuseContradictions({ yes, check, 'dry-run': dryRun }: Options): void {
  if ([yes, dryRun, check].filter((one) => one === true).length > 1)
    throw new AppError(
      'invalid_request',
      `--yes, --dry-run and --check exclude each other\nusage: ${description.usage}`,
    )
}

async function planSteps(
  context: SetupContext,
  wanted: Map<string, WantedPrice>,
  options: Options,
  { ask }: CommandContext,
): Promise<readonly Step[]> {
  const known = await readPrices(context)
  if (ask !== undefined && options.yes !== true && options['dry-run'] !== true)
    for (const name of findUnpriced(context, known, wanted)) {
      const price = await askPrice(name, ask)
      if (price !== undefined) wanted.set(name, price)
    }
  const transfers = options['transfer-lookup-key'] === true
  const prices = await planPrices(context, known, { wanted, transfers })
  return [...prices, ...(await planEndpoints(context))]
}

async function askPrice(
  name: string,
  ask: NonNullable<CommandContext['ask']>,
): Promise<WantedPrice | undefined> {
  let hint = `such as ${priceExample}; nothing to leave it out`
  for (;;) {
    const answer = await ask(`What does ${name} cost? (${hint}) `)
    if (answer === '') return undefined
    try {
      return readWantedPrice(name, answer)
    } catch (cause) {
      hint = messageOf(cause)
    }
  }
}

/** Why nothing is made; undefined if it may be. */
async function askToMake(
  steps: readonly Step[],
  { yes, 'dry-run': dryRun }: Options,
  { ask }: CommandContext,
): Promise<Refusal | undefined> {
  const count = steps.filter(({ state }) => state === 'make').length
  if (count === 0)
    return { text: 'There is nothing to make, and nothing was changed.', isFailure: false }
  if (dryRun === true) return { text: 'Nothing was changed.', isFailure: false }
  if (yes === true) return undefined
  if (ask === undefined)
    return {
      text: 'Nothing was changed: there is no terminal to ask at. --yes agrees.',
      isFailure: true,
    }
  const answer = await ask(`Make this at Stripe (${count})? [y/N] `)
  return /^y(es)?$/i.test(answer) ? undefined : { text: 'Nothing was changed.', isFailure: true }
}
