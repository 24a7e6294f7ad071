import { readFileSync } from 'node:fs'
import { type ParsedQs, parse } from 'qs'
import { z } from 'zod'

/** A request to Stripe as it arrived. */
export interface StripeRequest {
  readonly method: string
  readonly path: string
  /** The query of a GET, the form of a POST. */
  readonly form: string
}

interface Schema {
  readonly type?: string | undefined
  readonly enum?: readonly string[] | undefined
  readonly maxLength?: number | undefined
  readonly required?: boolean | readonly string[] | undefined
  readonly items?: Schema | undefined
  readonly properties?: Readonly<Record<string, Schema>> | undefined
  readonly additionalProperties?: boolean | Schema | undefined
  readonly anyOf?: readonly Schema[] | undefined
}

const schemaOf: z.ZodType<Schema> = z.lazy(() =>
  z.strictObject({
    type: z.string().optional(),
    enum: z.array(z.string()).optional(),
    maxLength: z.int().optional(),
    required: z.union([z.boolean(), z.array(z.string())]).optional(),
    items: schemaOf.optional(),
    properties: z.record(z.string(), schemaOf).optional(),
    additionalProperties: z.union([z.boolean(), schemaOf]).optional(),
    anyOf: z.array(schemaOf).optional(),
  }),
)

const operations = z.record(z.string(), z.record(z.string(), schemaOf))
const description = z
  .object({ source: z.string(), get: operations, post: operations })
  .parse(
    JSON.parse(readFileSync(new URL('../fixtures/stripe-openapi.json', import.meta.url), 'utf8')),
  )

/** The operations that were taken from the description, as `GET /v1/charges/{charge}`. */
export const describedOperations: readonly string[] = [
  ...Object.keys(description.get).map((path) => `GET ${path}`),
  ...Object.keys(description.post).map((path) => `POST ${path}`),
]

/** What Stripe's OpenAPI description says against a request: unknown, malformed, missing parameters. */
export function problemsOfRequest({ method, path, form }: StripeRequest): readonly string[] {
  const known = method === 'GET' ? description.get : description.post
  const parameters = known[path] ?? operationWithId(known, path)
  if (parameters === undefined)
    return [`${method} ${path} is not described: add it to test/scripts/extract-openapi.ts`]
  const given = parse(form, { depth: 8, arrayLimit: 100 })
  const where = `${method} ${path}`
  const required = Object.entries(parameters)
    .filter(([, schema]) => schema.required === true)
    .map(([name]) => name)
  return check(given, { type: 'object', properties: parameters, required }, where)
}

function operationWithId(known: z.output<typeof operations>, path: string) {
  const [, found] =
    Object.entries(known).find(([template]) =>
      new RegExp(`^${template.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(path),
    ) ?? []
  return found
}

type Value = ParsedQs[string]

function check(value: Value, schema: Schema, where: string): readonly string[] {
  if (schema.anyOf !== undefined) {
    const results = schema.anyOf.map((one) => check(value, one, where))
    return results.find((problems) => problems.length === 0) ?? results[0] ?? []
  }
  if (schema.type === 'object') return checkObject(value, schema, where)
  if (schema.type === 'array')
    return Array.isArray(value)
      ? value.flatMap((item, index) => check(item, schema.items ?? {}, `${where}[${index}]`))
      : [`${where}: a list is expected`]
  if (typeof value !== 'string') return [`${where}: ${schema.type} is expected`]
  return checkText(value, schema, where)
}

function checkObject(value: Value, schema: Schema, where: string): readonly string[] {
  if (typeof value !== 'object' || Array.isArray(value)) return [`${where}: a hash is expected`]
  const { properties = {}, additionalProperties = false, required } = schema
  const unknown = typeof additionalProperties === 'object' ? additionalProperties : undefined
  const missing = Array.isArray(required) ? required.filter((name) => !(name in value)) : []
  return [
    ...missing.map((name) => `${where}[${name}]: missing`),
    ...Object.entries(value).flatMap(([name, one]) => {
      const known = properties[name] ?? unknown
      if (known !== undefined) return check(one, known, `${where}[${name}]`)
      return additionalProperties === true ? [] : [`${where}[${name}]: unknown parameter`]
    }),
  ]
}

const textPatterns: Readonly<Record<string, RegExp>> = {
  integer: /^-?\d+$/,
  number: /^-?\d+(\.\d+)?$/,
  boolean: /^(true|false)$/,
}

function checkText(value: string, schema: Schema, where: string): readonly string[] {
  const { type = 'string', enum: words, maxLength = Number.POSITIVE_INFINITY } = schema
  if (textPatterns[type]?.test(value) === false) return [`${where}: "${value}" is no ${type}`]
  if (words?.includes(value) === false) return [`${where}: "${value}" is none of ${words}`]
  return value.length > maxLength ? [`${where}: longer than ${maxLength}`] : []
}
