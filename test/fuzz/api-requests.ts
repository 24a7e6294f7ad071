import fc from 'fast-check'
import { z } from 'zod'
import { fromSchema, hostile, type Schema, schemaSchema } from './from-schema.ts'
import { mutated } from './mutate.ts'

/** One request as it goes over the wire. */
export interface ApiRequest {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | undefined
}

/** Stands in a path for the id of something that is there. */
export const knownId = 'known-id'

const parameterSchema = z.object({
  name: z.string(),
  in: z.enum(['path', 'query', 'header']),
  schema: schemaSchema,
})
const operationSchema = z.object({
  responses: z.record(
    z.string(),
    z.object({ content: z.record(z.string(), z.unknown()).default({}) }),
  ),
  parameters: z.array(parameterSchema).default([]),
  requestBody: z
    .object({ content: z.object({ 'application/json': z.object({ schema: schemaSchema }) }) })
    .optional(),
})
const descriptionSchema = z.object({
  paths: z.record(z.string(), z.record(z.string(), operationSchema)),
})
const componentsSchema = z.object({
  components: z.object({ schemas: z.record(z.string(), z.unknown()) }),
})

/** Puts what `$ref` names in its place. */
function resolve(value: unknown, schemas: Readonly<Record<string, unknown>>): unknown {
  if (Array.isArray(value)) return value.map((one) => resolve(one, schemas))
  if (typeof value !== 'object' || value === null) return value
  if ('$ref' in value && typeof value.$ref === 'string')
    return resolve(schemas[value.$ref.replace('#/components/schemas/', '')], schemas)
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [name, resolve(one, schemas)]),
  )
}

/** Requests of every operation in our OpenAPI description, as described or changed in a few places. */
export function apiRequests(description: unknown, apiKey: string): fc.Arbitrary<ApiRequest> {
  const { schemas } = componentsSchema.parse(description).components
  const { paths } = descriptionSchema.parse(resolve(description, schemas))
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([, { responses }]) => !isEndless(responses))
      .map(([method, operation]) => ({ path, method, operation })),
  )
  return fc.oneof(
    ...operations.map(({ path, method, operation }) =>
      oneOperation(path, method, operation, apiKey),
    ),
  )
}

type Responses = z.output<typeof operationSchema>['responses']

/** A stream is never answered in full. */
function isEndless(responses: Responses): boolean {
  return Object.hasOwn(responses['200']?.content ?? {}, 'text/event-stream')
}

function rarely<T>(usual: fc.Arbitrary<T>, unusual: fc.Arbitrary<T>): fc.Arbitrary<T> {
  return fc.oneof({ weight: 9, arbitrary: usual }, { weight: 1, arbitrary: unusual })
}

const paths = '/.%;\\?&#=_-aA0 '

function oneOperation(
  path: string,
  method: string,
  { parameters, requestBody }: z.output<typeof operationSchema>,
  apiKey: string,
): fc.Arbitrary<ApiRequest> {
  const named = (place: string) => parameters.filter((one) => one.in === place)
  const content = requestBody?.content['application/json'].schema
  const body = content === undefined ? fc.constant(undefined) : bodies(content)
  return fc.record({
    method: rarely(
      fc.constant(method.toUpperCase()),
      fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD'),
    ),
    path: fc
      .tuple(
        rarely(pathOf(path, named('path')), mutated(fc.constant(path), paths)),
        queryOf(named('query')),
      )
      .map(([own, query]) => encodeUnsafe(`${own}${query}`)),
    headers: headersOf(named('header'), apiKey, content !== undefined),
    body: rarely(body, fc.constantFrom('{', '', 'null', '[]', '"', '\uFEFF{}', '{"a":1e999}')),
  })
}

function pathOf(path: string, parameters: readonly { readonly name: string }[]) {
  const id = rarely(fc.constant(knownId), fc.string({ unit: 'binary', maxLength: 30 }))
  return fc
    .tuple(...parameters.map(() => id))
    .map((ids) =>
      parameters.reduce(
        (filled, { name }, at) => filled.replace(`{${name}}`, () => encodeSafely(ids[at] ?? '')),
        path,
      ),
    )
}

function queryOf(parameters: readonly { readonly name: string; readonly schema: Schema }[]) {
  const fields = Object.fromEntries(
    parameters.map(({ name, schema }) => [name, rarely(fromSchema(schema), hostile)]),
  )
  const pairs = fc.record(fields, { requiredKeys: [] }).map((values) =>
    Object.entries(values)
      .map(([name, value]) => `${name}=${encodeSafely(textOf(value))}`)
      .join('&'),
  )
  return rarely(pairs, mutated(pairs, '&=%[]+,;')).map((text) => (text === '' ? '' : `?${text}`))
}

function textOf(value: unknown): string {
  return typeof value === 'string'
    ? value.slice(0, 300)
    : (JSON.stringify(value) ?? '').slice(0, 300)
}

function headersOf(
  parameters: readonly { readonly name: string }[],
  apiKey: string,
  hasBody: boolean,
): fc.Arbitrary<Readonly<Record<string, string>>> {
  const values = fc.string({ maxLength: 60 }).map((text) => text.replaceAll(/[^ -~]/g, ''))
  const own = Object.fromEntries(parameters.map(({ name }) => [name, values]))
  const type = rarely(
    fc.constant('application/json'),
    fc.constantFrom(
      '',
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'application/json; charset=utf-16',
      'APPLICATION/JSON',
    ),
  )
  return fc.record(
    {
      ...own,
      authorization: fc.oneof(
        { weight: 500, arbitrary: fc.constant(`Bearer ${apiKey}`) },
        { weight: 1, arbitrary: values },
      ),
      ...(hasBody ? { 'content-type': type } : {}),
      'accept-encoding': values,
      'x-forwarded-for': values,
    },
    { requiredKeys: ['authorization', ...(hasBody ? ['content-type' as const] : [])] },
  )
}

/** A body as described; with one value exchanged, added or left out; or broken off as text. */
function bodies(schema: Schema): fc.Arbitrary<string> {
  const described = fromSchema(schema)
  const names = [...Object.keys(schema.properties ?? {}), '__proto__', 'unknown', 'x'.repeat(3_000)]
  const changed = fc
    .tuple(described, fc.constantFrom(...names), hostile)
    .map(([value, name, other]) =>
      typeof value === 'object' && value !== null
        ? Object.defineProperty({ ...value }, name, { value: other, enumerable: true })
        : other,
    )
  const asText = (values: fc.Arbitrary<unknown>) =>
    values.map((value) => toJson(value)).filter((text) => text.length <= 70_000)
  return fc.oneof(
    { weight: 3, arbitrary: asText(described) },
    { weight: 4, arbitrary: asText(changed) },
    { weight: 1, arbitrary: asText(hostile) },
    { weight: 1, arbitrary: mutated(asText(described), '{}[]",:\\u0eE-. ') },
  )
}

function toJson(value: unknown): string {
  return JSON.stringify(value, (_, one) => (typeof one === 'bigint' ? String(one) : one)) ?? 'null'
}

/** A lone surrogate has no percent-encoding. */
function encodeSafely(text: string): string {
  return encodeURIComponent(text.toWellFormed())
}

/** Node refuses to send these itself. */
function encodeUnsafe(path: string): string {
  const own = path.startsWith('/') ? path : `/${path}`
  return own.replaceAll(/[^!-~]/gu, (one) => encodeSafely(one))
}
