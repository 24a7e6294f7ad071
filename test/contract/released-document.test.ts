import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { startTestApp } from '../support/start-test-app.ts'

const pathsSchema = z.object({
  paths: z.record(z.string(), z.record(z.string(), z.looseObject({ operationId: z.string() }))),
})

function operationsOf(document: unknown): readonly string[] {
  const { paths } = pathsSchema.parse(document)
  return Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(
      ([method, { operationId }]) => `${method} ${path} ${operationId}`,
    ),
  )
}

/** `test/stack/api-versions.stack.ts` compares all of it; this needs no program beside Node. */
test('every operation of the released description is still there, under its name', async () => {
  const text = readFileSync(new URL('released-openapi.json', import.meta.url), 'utf8')
  const released = operationsOf(JSON.parse(text))
  const app = await startTestApp()
  const today = new Set(operationsOf(await (await app.call('GET', '/openapi.json')).json()))
  expect(released.length).toBeGreaterThan(25)
  expect(released.filter((operation) => !today.has(operation))).toEqual([])
})
