import { z } from 'zod'
import { fetchOnce } from '../../../support/fetch-once.ts'
import { run } from '../../../support/run-process.ts'
import { mustBeReady } from '../../../support/service.ts'
import { until } from '../../../support/until.ts'
import type { Scenario } from '../../harness/scenario.ts'
import { createTestBed } from '../../harness/test-bed.ts'

const replicaCounts = { sqlite: 1, postgres: 3 } as const
const copies = 10
/** Of chance's shares, 1 % bad signatures and half under a second event id, so much has to come. */
const badShareMin = 0.002
const secondIdShareMin = 0.4
const paymentsAtOnceMax = 10_000
const generator = new URL('delivery-load.ts', import.meta.url).pathname

const resultSchema = z.object({
  deliveries: z.number(),
  payments: z.number(),
  seconds: z.number(),
  answers: z.record(z.string(), z.number()),
  acknowledged: z.number(),
  recorded: z.number(),
  bad: z.number(),
  secondIds: z.number(),
})

/** Every payment is delivered ten times; each round is a payment. */
export const delivery: Scenario = {
  name: 'delivery',
  summary: 'every payment is delivered ten times: shuffled, with two event ids, 1 % bad signatures',
  engines: ['postgres'],
  rounds: { small: 300, full: 100_000 },
  run: async (chaos) => {
    const { rounds, engine, seed, stack } = chaos
    const bed = await createTestBed(chaos, { webhooks: false })
    // What a sweep finds would prove nothing about webhooks.
    const environment = { SWEEP_SCHEDULE: '0 0 1 1 *', RECONCILE_SCHEDULE: '0 0 1 1 *' }
    const replicas = Array.from({ length: replicaCounts[engine] }, () => bed.start({ environment }))
    const addresses = await Promise.all(replicas.map(mustBeReady))
    const urls = addresses.map(({ metricsUrl }) => metricsUrl)
    // The sync jobs of the start would record the first payments before their webhooks.
    await until('the first sweep and reconcile', () => haveSynced(urls))
    for (let made = 0; made < rounds; made += paymentsAtOnceMax) {
      await bed.stripe.pay('success', Math.min(paymentsAtOnceMax, rounds - made))
      await bed.stripe.forget()
    }
    const watch = bed.scrapes.watch(() => urls, 250)
    const load = run(stack, {
      command: process.execPath,
      args: [
        '--max-old-space-size=2048',
        generator,
        `--stripe=${bed.stripe.url}`,
        `--key=${bed.stripe.secretKey}`,
        `--secret=${bed.stripe.webhookSecret}`,
        `--ports=${addresses.map(({ apiUrl }) => new URL(apiUrl).port).join(',')}`,
        `--copies=${copies}`,
        `--seed=${seed}`,
      ],
      folder: bed.folder,
      environment: {},
    })
    const line = await load.line((text) => text.startsWith('{"deliveries"'))
    if (line === undefined) throw new Error(`the generator ended: ${load.errorText()}`)
    const result = resultSchema.parse(JSON.parse(line))
    await watch.stop()
    const violations = [...(await bed.rest(urls))]
    const expect = (what: string, value: number, wanted: number): void => {
      if (value !== wanted) violations.push(`${what}: ${value} instead of ${wanted}`)
    }
    const { deliveries, bad, secondIds } = result
    expect('deliveries', deliveries, copies * rounds)
    expect('good ones answered 200', result.answers['good 200'] ?? 0, deliveries - bad)
    const refused = (result.answers['bad 400'] ?? 0) + (result.answers['bad 429'] ?? 0)
    expect('bad signatures answered 400, or 429 above their rate limit', refused, bad)
    if (bad < badShareMin * deliveries) violations.push(`only ${bad} bad signatures`)
    if (secondIds < secondIdShareMin * deliveries)
      violations.push(`only ${secondIds} under a second event id`)
    expect('payments delivered', result.payments, rounds)
    expect('payments acknowledged', result.acknowledged, rounds)
    expect('answers "recorded"', result.recorded, rounds)
    for (const [answer, count] of Object.entries(result.answers))
      if (!['good 200', 'bad 400', 'bad 429', 'good 503'].includes(answer))
        violations.push(`${count} deliveries were answered: ${answer}`)
    for (const replica of replicas) await replica.end('SIGTERM')
    return {
      figures: {
        deliveries,
        payments: result.payments,
        replicas: replicas.length,
        ...result.answers,
        'under a second id': secondIds,
        'a second': Math.round(deliveries / result.seconds),
      },
      violations,
    }
  },
}

async function haveSynced(metricsUrls: readonly string[]): Promise<boolean> {
  const pages = await Promise.all(metricsUrls.map(fetchPage))
  return ['sweep', 'reconcile'].every((job) => {
    const succeeded = new RegExp(
      `^countinghouse_${job}_last_success_timestamp_seconds(?:\\{[^}]*\\})? [1-9]`,
      'm',
    )
    return pages.some((page) => succeeded.test(page))
  })
}

async function fetchPage(metricsUrl: string): Promise<string> {
  return (await fetchOnce(metricsUrl)).text()
}
