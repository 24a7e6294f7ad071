import fc from 'fast-check'
import { z } from 'zod'

/** What our description says of a value, as far as it is read here. */
export interface Schema {
  readonly type?: string | readonly string[] | undefined
  readonly enum?: readonly unknown[] | undefined
  readonly format?: string | undefined
  readonly example?: unknown
  readonly minimum?: number | undefined
  readonly maximum?: number | undefined
  readonly maxLength?: number | undefined
  readonly items?: Schema | undefined
  readonly properties?: Readonly<Record<string, Schema>> | undefined
  readonly required?: readonly string[] | undefined
}

export const schemaSchema: z.ZodType<Schema> = z.looseObject({
  type: z.union([z.string(), z.array(z.string())]).optional(),
  enum: z.array(z.unknown()).optional(),
  format: z.string().optional(),
  example: z.unknown().optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  maxLength: z.number().optional(),
  items: z.lazy(() => schemaSchema).optional(),
  properties: z.lazy(() => z.record(z.string(), schemaSchema)).optional(),
  required: z.array(z.string()).optional(),
})

/** Texts that are right somewhere: which field they land in is left to chance. */
const texts = fc.oneof(
  fc.constantFrom(
    'starter',
    'professional_yearly',
    'cus_1A2b3C',
    'someone@example.com',
    'https://shop.example.com/thanks?session={CHECKOUT_SESSION_ID}',
    'http://127.0.0.1:3000/checkout/success',
    'de',
    'console',
    '0 9 * * 1-5',
    '0 0 29 2 *',
    'Europe/Berlin',
    'Starter costs {price:starter} on {date}.',
    '2026-11-25T12:00:00.000Z',
    'day',
  ),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ maxLength: 12 }).map((text) => text.repeat(60)),
)

/** Values that are hostile wherever they stand. */
export const hostile: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    0,
    -0,
    -1,
    1.5,
    1e308,
    2 ** 53,
    '',
    '0',
    [],
    {},
    [[]],
    '\0',
    '\ud800',
    '__proto__',
  ),
  fc.constantFrom<unknown>(
    '{'.repeat(2_000),
    '{price:'.repeat(500),
    '%'.repeat(900),
    '<script>alert(1)</script>',
  ),
  fc.constant(JSON.parse('{"__proto__":{"a":1},"constructor":1}')),
  fc.integer({ min: 10, max: 2_000 }).map(nested),
  fc.anything({ maxDepth: 2, withUnicodeString: true, withNullPrototype: false }),
  fc.array(fc.integer(), { minLength: 100, maxLength: 2_000 }),
)

function nested(depth: number): unknown {
  let value: unknown = 1
  for (let each = 0; each < depth; each += 1) value = [value]
  return value
}

/** Values that a schema describes. */
export function fromSchema(schema: Schema): fc.Arbitrary<unknown> {
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type
  const example = schema.example === undefined ? [] : [fc.constant(schema.example)]
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum)
  if (type === 'boolean') return fc.boolean()
  if (type === 'integer' || type === 'number')
    return fc.integer({ min: schema.minimum ?? -5, max: schema.maximum ?? 1_000 })
  if (type === 'array') return fc.array(fromSchema(schema.items ?? {}), { maxLength: 5 })
  if (type === 'object') return objects(schema)
  return fc.oneof(...example, texts)
}

function objects({ properties, required = [] }: Schema): fc.Arbitrary<unknown> {
  if (properties === undefined) return fc.dictionary(texts, texts, { maxKeys: 5 })
  const fields = Object.entries(properties).map(([name, schema]) => [name, fromSchema(schema)])
  return fc.record<Record<string, unknown>>(Object.fromEntries(fields), {
    requiredKeys: [...required],
  })
}
