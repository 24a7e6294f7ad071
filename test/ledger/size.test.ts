import { expect, test } from 'vitest'
import { openDatabase } from '../../src/database/open.ts'
import { urlOf } from '../support/location.ts'
import { engines, temporaryLocation } from '../support/open-test-ledger.ts'
import { startTestApp, webhooksOnly } from '../support/start-test-app.ts'
import { deliver, eventBody } from '../support/webhooks.ts'

/** `npm run bench:big` measures it with ten million facts. */
test.each(engines)(
  'counters are restored without a look at the facts, however many (%s)',
  async (engine) => {
    const location = await temporaryLocation(engine)
    const environment = {
      DATABASE_URL: urlOf(location),
      ...webhooksOnly,
    }
    const first = await startTestApp({ environment })
    await deliver(first.apiUrl, eventBody('payment_intent.succeeded'))
    await first.stop()
    const database = await openDatabase(location)
    await database.queries.deleteFrom('facts').execute()
    await database.close()
    const second = await startTestApp({ environment })
    const shown = [...(await second.counters())]
    const [, success] = shown.find(([series]) => series.includes('status="success"')) ?? []
    expect(success).toBe(1)
  },
)
