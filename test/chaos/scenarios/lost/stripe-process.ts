import { z } from 'zod'
import { type Emulator, startEmulator } from '../../../../src/emulator/start-emulator.ts'
import { createRandom } from '../../../support/random.ts'

/**
 * The emulator on a clock that its parent moves, in a process of its own. It takes orders as messages,
 * one at a time, and answers each; one emulator is open at a time.
 */
export const orderSchema = z.discriminatedUnion('what', [
  z.object({ what: z.literal('open'), file: z.string(), nowMs: z.number(), seed: z.number() }),
  z.object({ what: z.literal('clock'), nowMs: z.number() }),
  z.object({
    what: z.literal('connect'),
    webhookUrl: z.string(),
    apiUrl: z.string(),
    metricsUrl: z.string(),
  }),
  z.object({ what: z.literal('close') }),
])
export type Order = z.infer<typeof orderSchema>

let nowMs = 0
let emulator: Emulator | undefined

async function carryOut(order: Order): Promise<object> {
  if (order.what === 'open') {
    nowMs = order.nowMs
    emulator = await startEmulator({
      host: '127.0.0.1',
      port: 0,
      file: order.file,
      now: () => nowMs,
      random: createRandom(order.seed).next,
      log: () => undefined,
    })
    const { url, secretKey, webhookSecret } = emulator
    return { url, secretKey, webhookSecret }
  }
  if (order.what === 'clock') nowMs = order.nowMs
  if (order.what === 'connect') emulator?.connect(order)
  if (order.what === 'close') await emulator?.stop()
  return {}
}

process.on('message', async (message) => {
  process.send?.(await carryOut(orderSchema.parse(message)))
})
process.on('disconnect', () => process.exit(0))
