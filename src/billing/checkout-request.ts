import { z } from '@hono/zod-openapi'
import { normalisePage } from './return-url.ts'

/** Stripe allows 50 metadata pairs, two of which are ours. */
const metadataPairsMax = 48
const ourKeys = ['plan', 'countinghouse']

const page = z
  .string()
  .max(2_000)
  .refine(
    (url) => normalisePage(url) !== undefined,
    'give a whole http or https URL without a login',
  )
  .transform((url) => normalisePage(url) ?? url)
  .optional()
  .openapi({ type: 'string', format: 'uri' })

const metadata = z
  .record(
    z
      .string()
      .min(1)
      .max(40)
      .regex(/^[^[\]]+$/, 'a key may not have square brackets')
      .refine((key) => !ourKeys.includes(key), 'plan and countinghouse are set by this service'),
    z.string().max(500),
  )
  .refine(
    (pairs) => Object.keys(pairs).length <= metadataPairsMax,
    `at most ${metadataPairsMax} pairs`,
  )
  .openapi({
    description: 'Kept by Stripe on the session, and on its PaymentIntent or subscription.',
  })

/** The request body. The price determines the mode: one-time payment or subscription. */
export const checkoutRequest = z
  .strictObject({
    plan: z.string().openapi({ example: 'professional' }),
    price: z.string().min(1).max(200).optional().openapi({
      description:
        'Another price of the plan than its first, by lookup key or id. See GET /v1/plans.',
      example: 'professional_yearly',
    }),
    quantity: z.int().min(1).max(999_999).optional().openapi({
      description: '1 unless given; not for a price that is billed by usage.',
    }),
    customer: z
      .string()
      .regex(/^cus_\w+$/, 'give the id of a Stripe customer: cus_…')
      .max(255)
      .optional()
      .openapi({ description: 'An existing customer at Stripe; not beside customer_email.' }),
    // A loose pattern: Stripe validates the address itself.
    customer_email: z.email({ pattern: z.regexes.unicodeEmail }).max(512).optional(),
    client_reference_id: z.string().min(1).max(200).optional(),
    success_url: page,
    cancel_url: page,
    allow_promotion_codes: z.boolean().optional(),
    trial_period_days: z.int().min(1).max(730).optional().openapi({
      description: 'For a subscription: the days before the first payment.',
    }),
    automatic_tax: z.boolean().optional().openapi({
      description: "Stripe Tax; an existing customer's address is then asked for and kept.",
    }),
    locale: z
      .string()
      .regex(
        /^(auto|[a-z]{2,3}(-[A-Za-z0-9]{2,4})?)$/,
        'give a language such as de or pt-BR, or auto',
      )
      .optional()
      .openapi({ description: "The language of Stripe's page; the browser's unless given." }),
    metadata: metadata.optional(),
  })
  .refine((body) => body.customer === undefined || body.customer_email === undefined, {
    path: ['customer_email'],
    message: 'give customer or customer_email, not both: an existing customer has an address',
  })
  .openapi('CheckoutSessionRequest')

export type CheckoutRequest = z.output<typeof checkoutRequest>
