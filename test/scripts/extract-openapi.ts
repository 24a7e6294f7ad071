import { readFileSync, writeFileSync } from 'node:fs'
import { z } from 'zod'

/**
 * Takes from Stripe's OpenAPI description what we need to check our requests:
 *   node test/scripts/extract-openapi.ts <spec3.json>
 * The description comes with the Go module github.com/stripe/stripe-mock (embedded/openapi/spec3.json):
 *   go mod download -json github.com/stripe/stripe-mock@v0.203.0
 */
const target = new URL('../fixtures/stripe-openapi.json', import.meta.url)

/** Every operation that the service may call. */
const reads = [
  '/v1/account',
  '/v1/balance_transactions/{id}',
  '/v1/charges',
  '/v1/charges/{charge}',
  '/v1/checkout/sessions',
  '/v1/checkout/sessions/{session}',
  '/v1/events',
  '/v1/events/{id}',
  '/v1/payment_intents/{intent}',
  '/v1/prices',
  '/v1/prices/{price}',
  '/v1/products/{id}',
  '/v1/refunds',
  '/v1/refunds/{refund}',
  '/v1/webhook_endpoints',
]

/** What `npm run setup` may write, with all parameters. */
const writes = [
  '/v1/prices',
  '/v1/products',
  '/v1/webhook_endpoints',
  '/v1/webhook_endpoints/{webhook_endpoint}',
]

/** Of the many parameters of a Checkout Session those that we send, with all that is below these. */
const sessionParameters: ReadonlySet<string> = new Set([
  'allow_promotion_codes',
  'automatic_tax',
  'cancel_url',
  'client_reference_id',
  'customer',
  'customer_email',
  'customer_update',
  'expand',
  'line_items',
  'locale',
  'metadata',
  'mode',
  'payment_intent_data',
  'subscription_data',
  'success_url',
])

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

const object = z.record(z.string(), z.json())
const operation = z.object({
  parameters: z
    .array(
      z.object({
        name: z.string(),
        in: z.string(),
        required: z.boolean().optional(),
        schema: object,
      }),
    )
    .default([]),
  requestBody: z
    .object({
      content: z.object({
        'application/x-www-form-urlencoded': z.object({ schema: object }).optional(),
      }),
    })
    .optional(),
})
const specification = z.object({
  info: z.object({ version: z.string() }),
  paths: z.record(z.string(), z.object({ get: operation.optional(), post: operation.optional() })),
})

const kept: ReadonlySet<string> = new Set([
  'additionalProperties',
  'anyOf',
  'enum',
  'items',
  'maxLength',
  'maxItems',
  'oneOf',
  'properties',
  'required',
  'type',
])

/** A schema without its prose; of an object below `depth` 0 every property is kept. */
function slim(schema: Json): Json {
  if (Array.isArray(schema)) return schema.map(slim)
  if (typeof schema !== 'object' || schema === null) return schema
  return Object.fromEntries(
    Object.entries(schema)
      .filter(([name]) => kept.has(name))
      .map(([name, value]) => [
        name,
        name === 'properties' && typeof value === 'object' && value !== null
          ? Object.fromEntries(Object.entries(value).map(([key, one]) => [key, slim(one)]))
          : slim(value),
      ]),
  )
}

const [file] = process.argv.slice(2)
if (file === undefined) throw new Error('usage: extract-openapi.ts <spec3.json>')
const { info, paths } = specification.parse(JSON.parse(readFileSync(file, 'utf8')))

function queryOf(path: string) {
  const get = paths[path]?.get
  if (get === undefined) throw new Error(`the description has no GET ${path}`)
  return Object.fromEntries(
    get.parameters
      .filter((one) => one.in === 'query')
      .map(({ name, required, schema }) => [
        name,
        { ...object.parse(slim(schema)), ...(required === true ? { required: true } : {}) },
      ]),
  )
}

function formOf(path: string) {
  const body = paths[path]?.post?.requestBody
  const schema = body?.content['application/x-www-form-urlencoded']?.schema
  if (schema === undefined) throw new Error(`the description has no POST ${path}`)
  const required = z.array(z.string()).default([]).parse(schema.required)
  return Object.entries(object.parse(schema.properties)).map(([name, one]) => [
    name,
    {
      // The client's version is newer than the description, whose versions end with its own.
      ...(name === 'api_version' ? { type: 'string' } : object.parse(slim(one))),
      ...(required.includes(name) ? { required: true } : {}),
    },
  ])
}

const extracted = {
  source: `github.com/stripe/stripe-mock v0.203.0, embedded/openapi/spec3.json, API ${info.version}`,
  get: Object.fromEntries(reads.map((path) => [path, queryOf(path)])),
  post: {
    '/v1/checkout/sessions': Object.fromEntries(
      formOf('/v1/checkout/sessions').filter(([name]) => sessionParameters.has(String(name))),
    ),
    ...Object.fromEntries(writes.map((path) => [path, Object.fromEntries(formOf(path))])),
  },
}
writeFileSync(target, `${JSON.stringify(extracted)}\n`)
