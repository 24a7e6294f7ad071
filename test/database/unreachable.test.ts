import { expect, test } from 'vitest'
import { startService } from '../support/service.ts'
import { webhooksOnly } from '../support/start-test-app.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { testStack } from '../support/test-stack.ts'

const canary = 'CANARYSECRET0123456789'

test.each([
  ['the host', `postgres://${canary}`],
  ['the CA file', `postgres://u:p@127.0.0.1:1/d?sslmode=verify-full&sslrootcert=/no-${canary}`],
])(
  'a secret in place of %s in DATABASE_URL is not logged while the database cannot be reached',
  async (_, url) => {
    const stack = testStack()
    const service = startService(stack, {
      folder: temporaryFolder(stack),
      environment: { ...webhooksOnly, DATABASE_URL: url },
    })
    await service.line((line) => line.includes('cannot be reached yet'))
    await service.end('SIGTERM')
    const written = service.outputText() + service.errorText()
    expect(written).toContain('DATABASE_URL')
    expect(written).not.toContain(canary)
  },
)
