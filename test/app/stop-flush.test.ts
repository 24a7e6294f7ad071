import { expect, test, vi } from 'vitest'
import { type Hanging, startHangingReceiver } from '../support/hanging-receiver.ts'
import { runService } from '../support/run-service.ts'
import { webhooksOnly } from '../support/start-test-app.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { deliver, eventBody } from '../support/webhooks.ts'

/** Less than the half minute after which the SDK gives up a batch of spans by itself. */
const timeout = 25_000

test.each<Hanging>(['silent', 'trickling'])(
  'a stop during a push ends in time while the receiver of metrics and traces is %s',
  { timeout },
  async (how) => {
    const receiver = await startHangingReceiver(how)
    const service = await runService(temporaryFolder(), {
      ...webhooksOnly,
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
    })
    await vi.waitFor(() => expect(receiver.paths).toContain('/v1/metrics'), timeout)
    const body = eventBody('payment_intent.succeeded')
    expect((await deliver(service.apiUrl, body)).status).toBe(200)
    expect(await service.end('SIGTERM')).toBe(0)
    expect(receiver.paths).toContain('/v1/traces')
  },
)
