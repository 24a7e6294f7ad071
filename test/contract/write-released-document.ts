import { writeFileSync } from 'node:fs'
import { readDocument } from './read-document.ts'

/** `npm run release:api`: makes today's OpenAPI document the one that later changes are compared with. */
await using stack = new AsyncDisposableStack()
const document: unknown = JSON.parse(await readDocument(stack))
writeFileSync(
  new URL('released-openapi.json', import.meta.url),
  `${JSON.stringify(document, null, 2)}\n`,
)
