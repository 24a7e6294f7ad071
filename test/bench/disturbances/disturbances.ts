import { parseArgs } from 'node:util'
import { answerHelp } from '../../support/script-help.ts'
import { type DisturbanceName, disturbances } from './kinds.ts'
import { measureDisturbances } from './measure-disturbances.ts'

answerHelp('bench:disturbances')

/**
 * `npm run bench:disturbances`: how long webhooks take at half of the top rate, and how long the event loop is held at
 * most, beside whatever else the service does: one kind at a time, in turns, on both engines.
 */
const { values } = parseArgs({
  options: {
    engine: { type: 'string', multiple: true, default: ['sqlite', 'postgres'] },
    only: { type: 'string', multiple: true, default: Object.keys(disturbances) },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '10' },
    payments: { type: 'string', default: '2000' },
  },
})

for (const engine of ['sqlite', 'postgres'] as const) {
  if (!values.engine.includes(engine)) continue
  const rows = await measureDisturbances({
    engine,
    names: values.only.filter((name): name is DisturbanceName => Object.hasOwn(disturbances, name)),
    rounds: Number(values.rounds),
    seconds: Number(values.seconds),
    paymentCount: Number(values.payments),
  })
  process.stdout.write(`${engine}\n`)
  // biome-ignore lint/suspicious/noConsole: a table for a person is what this program is for
  console.table(rows)
}
