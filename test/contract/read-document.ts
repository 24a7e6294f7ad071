import { mustBeReady, startService } from '../support/service.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

/** The text of today's OpenAPI document, as a service of its own process serves it on the emulator. */
export async function readDocument(stack: AsyncDisposableStack): Promise<string> {
  const { apiUrl } = await mustBeReady(startService(stack, { folder: temporaryFolder(stack) }))
  return (await fetch(`${apiUrl}/openapi.json`)).text()
}
