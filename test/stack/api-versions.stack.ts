import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, inject, test } from 'vitest'
import { z } from 'zod'
import { readDocument } from '../contract/read-document.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { testStack } from '../support/test-stack.ts'

const { oasdiff } = inject('tools').paths
const contract = new URL('../contract', import.meta.url).pathname
const releasedFile = join(contract, 'released-openapi.json')

const reportSchema = z.array(z.looseObject({ id: z.string(), text: z.string() }))

/** What in the second document breaks clients of the first, by oasdiff, in its own words. */
function findBreaking(releasedFile: string, todayFile: string) {
  const levels = `--severity-levels=${join(contract, 'api-severity-levels.txt')}`
  const args = ['breaking', '--format=json', levels, '--fail-on=WARN', releasedFile, todayFile]
  const { status, stdout, stderr } = spawnSync(oasdiff, args, { encoding: 'utf8' })
  const report = reportSchema.parse(stdout.trim() === '' ? [] : JSON.parse(stdout))
  return { status, error: stderr, report }
}

type Json = z.core.util.JSONType
const objectSchema = z.record(z.string(), z.json())

/** The document with another value at a path of keys; without it, if the change answers nothing. */
function edit(
  json: Json,
  [key, ...rest]: readonly string[],
  change: (old: Json) => Json | undefined,
): Json | undefined {
  if (key === undefined) return change(json)
  if (Array.isArray(json))
    return json.flatMap((one, index) =>
      String(index) === key ? (edit(one, rest, change) ?? []) : [one],
    )
  const { [key]: old = null, ...others } = objectSchema.parse(json)
  const now = edit(old, rest, change)
  return now === undefined ? others : { ...others, [key]: now }
}

interface Change {
  readonly what: string
  readonly path: readonly string[]
  readonly to: (old: Json) => Json | undefined
}

const fact = ['components', 'schemas', 'Fact']
const order = ['components', 'schemas', 'CheckoutSessionRequest']
const stats = ['paths', '/v1/stats', 'get']
const breaking: readonly Change[] = [
  { what: 'a path', path: ['paths', '/v1/plans'], to: remove },
  { what: 'an operation', path: ['paths', '/v1/campaigns', 'get'], to: remove },
  { what: 'the name of an operation', path: [...stats, 'operationId'], to: () => 'zz' },
  { what: 'a field of an answer', path: [...fact, 'properties', 'key'], to: remove },
  { what: "a field's type", path: [...fact, 'properties', 'key', 'type'], to: () => 'integer' },
  { what: 'null', path: [...fact, 'properties', 'key', 'type'], to: () => ['string', 'null'] },
  { what: 'a field that may be absent', path: [...fact, 'required'], to: fewer },
  {
    what: 'a value that an answer never had',
    path: ['components', 'schemas', 'Totals', 'properties', 'mode', 'enum'],
    to: more,
  },
  { what: 'a required field of a request', path: order, to: withRequiredField },
  { what: 'a field of a request', path: [...order, 'properties', 'locale'], to: remove },
  { what: 'a parameter', path: [...stats, 'parameters', '0'], to: remove },
  { what: 'a required parameter', path: [...stats, 'parameters'], to: withParameter(true) },
  {
    what: 'a value of a request',
    path: [...stats, 'parameters', '0', 'schema', 'enum'],
    to: fewer,
  },
  { what: 'the status of a success', path: [...stats, 'responses', '200'], to: remove },
  { what: 'the status of a refusal', path: [...stats, 'responses', '429'], to: remove },
  { what: 'a header', path: [...stats, 'responses', '200', 'headers', 'x-request-id'], to: remove },
]

const additive: readonly Change[] = [
  { what: 'a path', path: ['paths', '/v1/zz'], to: () => ({}) },
  { what: 'a field of an answer', path: [...fact, 'properties', 'zz'], to: text },
  { what: 'a field of a request', path: [...order, 'properties', 'zz'], to: text },
  { what: 'a parameter', path: [...stats, 'parameters'], to: withParameter(false) },
  { what: 'a value of a request', path: [...stats, 'parameters', '0', 'schema', 'enum'], to: more },
  { what: 'words', path: [...stats, 'description'], to: () => 'Other words.' },
]

function withRequiredField(old: Json): Json | undefined {
  return edit(edit(old, ['properties', 'zz'], text) ?? null, ['required'], more)
}

function remove(): undefined {
  return undefined
}

function text(): Json {
  return { type: 'string' }
}

function more(old: Json): Json {
  return z.array(z.json()).parse(old).concat('zz')
}

function fewer(old: Json): Json {
  return z.array(z.json()).parse(old).slice(1)
}

function withParameter(required: boolean): Change['to'] {
  const parameter = { name: 'zz', in: 'query', required, schema: { type: 'string' } }
  return (old) => z.array(z.json()).parse(old).concat(parameter)
}

describe.skipIf(oasdiff === '')('the API beside its released description', () => {
  test('has no breaking difference: else add beside, deprecate, and remove with /v2', async () => {
    const today = join(temporaryFolder(), 'today.json')
    writeFileSync(today, await readDocument(testStack()))
    expect(findBreaking(releasedFile, today)).toEqual({ status: 0, error: '', report: [] })
  })

  test.for(breaking)('finds that it lost or narrowed $what', ({ path, to }) => {
    const { status, error, report } = findBreaking(releasedFile, changed(path, to))
    expect(error).toBe('')
    expect(report).not.toEqual([])
    expect(status).toBe(1)
  })

  test.for(additive)('lets it have $what more', ({ path, to }) => {
    const result = findBreaking(releasedFile, changed(path, to))
    expect(result).toEqual({ status: 0, error: '', report: [] })
  })
})

/** A file with the released document and one change; fails if that changes nothing. */
function changed(path: readonly string[], to: Change['to']): string {
  const released = z.json().parse(JSON.parse(readFileSync(releasedFile, 'utf8')))
  const file = join(temporaryFolder(), 'changed.json')
  const now = edit(released, path, to)
  expect(now).not.toEqual(released)
  writeFileSync(file, JSON.stringify(now))
  return file
}
