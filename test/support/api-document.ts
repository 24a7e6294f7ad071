import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { z } from 'zod'

const operationSchema = z.looseObject({
  operationId: z.string(),
  security: z.array(z.unknown()).default([{}]),
  requestBody: z.unknown().optional(),
  responses: z.record(
    z.string(),
    z.looseObject({ content: z.record(z.string(), z.unknown()).default({}) }),
  ),
})
const pathsSchema = z.record(z.string(), z.record(z.string(), operationSchema))
const documentSchema = z.looseObject({ paths: pathsSchema, webhooks: pathsSchema })

export interface Operation extends z.output<typeof operationSchema> {
  readonly method: string
  readonly path: string
  /** Where it is in the document, as a JSON pointer. */
  readonly pointer: string
}

export interface ApiDocument {
  /** Every operation, by its id; Stripe's webhook among them. */
  readonly operations: ReadonlyMap<string, Operation>
  /** What of an answer is not as the operation describes it. */
  readonly problemsOf: (operation: Operation, answer: Response) => Promise<readonly string[]>
}

/** Reads our OpenAPI document and compiles its schemas, in which no further fields are allowed. */
export function readApiDocument(json: unknown): ApiDocument {
  const document = documentSchema.parse(closed(json))
  const ajv = new Ajv2020({ strict: false, allErrors: true })
  addFormats.default(ajv)
  ajv.addSchema(document, 'openapi')
  const operations = [
    ...operationsOf(document.paths, '/paths'),
    ...operationsOf(document.webhooks, '/webhooks').map((operation) => ({
      ...operation,
      path: '/webhooks/stripe',
    })),
  ]
  return {
    operations: new Map(operations.map((operation) => [operation.operationId, operation])),
    problemsOf: async ({ responses, pointer }, answer) => {
      const type = answer.headers.get('content-type')?.replace(/;.*/, '')
      const declared = responses[String(answer.status)]
      const body = await bodyOf(answer, type)
      if (!answer.headers.has('x-request-id')) return ['there is no x-request-id']
      if (declared === undefined) return [`${answer.status} is not declared: ${body}`]
      if (type === undefined) return Object.keys(declared.content)
      if (!Object.hasOwn(declared.content, type)) return [`${answer.status} is no ${type}`]
      const schema = `${pointer}/responses/${answer.status}/content/${escapePointer(type)}/schema`
      const isValid = ajv.compile({ $ref: `openapi#${schema}` })
      return isValid(type.endsWith('json') ? JSON.parse(body) : body)
        ? []
        : [ajv.errorsText(isValid.errors)]
    },
  }
}

async function bodyOf(answer: Response, type: string | undefined): Promise<string> {
  if (type !== 'text/event-stream') return answer.text()
  await answer.body?.cancel()
  return ''
}

function operationsOf(paths: z.output<typeof pathsSchema>, pointer: string): readonly Operation[] {
  return Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({
      ...operation,
      method: method.toUpperCase(),
      path,
      pointer: `${pointer}/${escapePointer(path)}/${method}`,
    })),
  )
}

function escapePointer(text: string): string {
  return encodeURIComponent(text.replaceAll('~', '~0').replaceAll('/', '~1'))
}

/** The same schemas, of which an object has only the fields that they name. */
function closed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(closed)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(([name, one]) => [name, closed(one)])
  const isObject = 'properties' in value && !('additionalProperties' in value)
  return Object.fromEntries(isObject ? [...entries, ['additionalProperties', false]] : entries)
}
