import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'

/**
 * Writes down which keys Stripe's objects have and of what type, from recorded payloads and from Stripe's
 * OpenAPI description, to compare the emulator with. Of the payloads only the keys are kept.
 *   node test/scripts/describe-payloads.ts <corpus folder> <spec3.json>
 * The corpus is ../shared/corpus; for the description see extract-openapi.ts.
 */
const target = new URL('../fixtures/stripe-shapes.json', import.meta.url)

const described = ['payment_intent', 'charge', 'refund', 'checkout.session', 'event'] as const

const index = z.array(
  z.looseObject({
    file: z.string(),
    nature: z.string(),
    api_version: z.string().nullish(),
    source: z.string(),
    built: z.string().optional(),
  }),
)
const object = z.looseObject({ object: z.string() })
const envelope = z.looseObject({ data: z.looseObject({ object }) })
const specification = z.object({
  info: z.object({ version: z.string() }),
  components: z.object({
    schemas: z.record(
      z.string(),
      z.looseObject({
        properties: z
          .record(
            z.string(),
            z.looseObject({ type: z.string().optional(), nullable: z.boolean().optional() }),
          )
          .optional(),
      }),
    ),
  }),
})

/** From here on the keys of a PaymentIntent and a charge are those of today but for what is listed below. */
const oldestVersion = '2022-11-15'
/** What recordings of this version and later have stays, whatever the description says. */
const recentVersion = '2025-03-31'

interface Recording {
  readonly source: string
  readonly version: string
  readonly payload: Readonly<Record<string, unknown>>
}

const [corpus, specFile] = process.argv.slice(2)
if (corpus === undefined || specFile === undefined)
  throw new Error('usage: describe-payloads.ts <corpus folder> <spec3.json>')
const { info, components } = specification.parse(JSON.parse(readFileSync(specFile, 'utf8')))
const recordings = readRecordings(corpus)

function readRecordings(folder: string): readonly Recording[] {
  const entries = index.parse(JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8')))
  return entries
    .filter(({ nature }) => nature === 'recorded')
    .flatMap(({ file, api_version, source, built }) => {
      const version = api_version ?? ''
      if (!/^\d{4}/.test(version) || version < oldestVersion) return []
      const json: unknown = JSON.parse(readFileSync(join(folder, file), 'utf8'))
      const event = envelope.safeParse(json)
      const payload = event.success ? event.data.data.object : object.parse(json)
      const whole =
        event.success && built === undefined ? [{ source, version, payload: event.data }] : []
      return [{ source, version, payload }, ...whole]
    })
}

function typeOf(value: unknown): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'array' : typeof value
}

/** Types that the description gives; what may be expanded is an id or an object. */
function describedTypes(name: string, key: string): readonly string[] {
  const property = components.schemas[name]?.properties?.[key]
  if (property === undefined) return []
  const type = property.type === 'integer' ? 'number' : property.type
  return [
    ...(type === undefined ? ['string', 'object'] : [type]),
    ...(property.nullable === true ? ['null'] : []),
  ]
}

function describe(name: string) {
  const found = recordings.filter(({ payload }) => payload.object === name)
  const recent = found.filter(({ version }) => version >= recentVersion)
  const inAll = (key: string, among: readonly Recording[]) =>
    among.length > 0 && among.every(({ payload }) => key in payload)
  const isDescribed = (key: string) => describedTypes(name, key).length > 0
  const recorded = new Set(found.flatMap(({ payload }) => Object.keys(payload)))
  const always = [...recorded].filter(
    (key) => inAll(key, recent) || (inAll(key, found) && isDescribed(key)),
  )
  const sometimes = [
    ...recorded,
    ...Object.keys(components.schemas[name]?.properties ?? {}),
  ].filter(
    (key) =>
      !always.includes(key) && (isDescribed(key) || recent.some(({ payload }) => key in payload)),
  )
  const types = (key: string) =>
    [
      ...new Set([
        ...found.filter(({ payload }) => key in payload).map(({ payload }) => typeOf(payload[key])),
        ...describedTypes(name, key),
      ]),
    ]
      .toSorted()
      .join(' ')
  const withTypes = (keys: readonly string[]) =>
    Object.fromEntries([...new Set(keys)].toSorted().map((key) => [key, types(key)]))
  return {
    versions: [...new Set(found.map(({ version }) => version))].toSorted(),
    recordings: found.length,
    from: [...new Set(found.map(({ source }) => source.split(' ')[0]))].toSorted(),
    always: withTypes(always),
    sometimes: withTypes(sometimes),
  }
}

const shapes = {
  source: `recorded payloads of the projects named, and Stripe's OpenAPI description, API ${info.version}`,
  objects: Object.fromEntries(described.map((name) => [name, describe(name)])),
}
writeFileSync(target, `${JSON.stringify(shapes, null, 2)}\n`)
