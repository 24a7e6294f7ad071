import { expect, test } from 'vitest'
import { noEpisode } from '../../src/alerts/episode.ts'
import { createAlertOutbox } from '../../src/alerts/outbox.ts'
import { engines, openTestLedger } from '../support/open-test-ledger.ts'

const replicas = 5

test.each(engines)(
  'on %s, of replicas that compose and claim at the same time one sends, attempt by attempt',
  async (engine) => {
    const { ledger } = await openTestLedger(engine)
    const outboxes = Array.from({ length: replicas }, () =>
      createAlertOutbox(ledger.queries, ledger.time),
    )
    for (const outbox of outboxes) await outbox.resume(0)
    const told = [{ name: 'one', episode: noEpisode, samples: [], revision: 0 }]
    const composed = await Promise.all(
      outboxes.map((outbox, number) =>
        outbox.compose({ id: `alert_${number}`, text: 'a', notices: '[]', composedAt: 0 }, told),
      ),
    )
    expect(composed.filter(Boolean)).toHaveLength(1)
    const [first] = outboxes
    for (const attempt of [1, 2]) {
      const message = await first?.read()
      if (message === undefined) throw new Error('a message waits')
      const claimed = await Promise.all(outboxes.map((outbox) => outbox.claim(message, 0)))
      expect(claimed.flatMap((one) => one?.attempts ?? [])).toEqual([attempt])
    }
  },
)
