import { describe, expect, inject, test, vi } from 'vitest'
import { z } from 'zod'
import { configurePrometheus } from '../deploy/configure-prometheus.ts'
import { rules } from '../deploy/repository.ts'
import { controlsOf } from '../support/emulator-controls.ts'
import { fetchOnce } from '../support/fetch-once.ts'
import { type PrometheusServer, startPrometheus } from '../support/prometheus.ts'
import { type RunningService, runService } from '../support/run-service.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { testStack } from '../support/test-stack.ts'

const { prometheus } = inject('tools').paths

interface Sales {
  readonly plans: readonly string[]
  readonly success: number
  readonly failed: number
  readonly refunded: number
}

/** What each account sells; a refund is of a payment of its own. */
const accounts: Readonly<Record<string, Sales>> = {
  countinghouse: {
    plans: ['starter', 'starter', 'professional'],
    success: 5,
    failed: 2,
    refunded: 1,
  },
  'countinghouse-eu': { plans: ['enterprise'], success: 3, failed: 4, refunded: 2 },
}

async function sell(service: RunningService, sales: Sales): Promise<void> {
  for (const plan of sales.plans) {
    const answer = await fetchOnce(`${service.apiUrl}/v1/checkout-sessions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ plan }),
    })
    expect(answer.status, await answer.text()).toBe(201)
  }
  const emulator = controlsOf(service.shopUrl ?? '')
  for (const outcome of ['success', 'failed', 'refunded'] as const)
    await emulator.pay(outcome, sales[outcome])
  await emulator.drained()
}

function seriesOf({ plans, success, failed, refunded }: Sales): Readonly<Record<string, number>> {
  const ofPlan = (name: string) => plans.filter((plan) => plan === name).length
  return {
    'billing_checkout_started_total starter': ofPlan('starter'),
    'billing_checkout_started_total professional': ofPlan('professional'),
    'billing_checkout_started_total enterprise': ofPlan('enterprise'),
    'billing_payments_total success': success + refunded,
    'billing_payments_total failed': failed,
    'billing_payments_total refunded': refunded,
  }
}

const totals = z.object({
  data: z.array(z.object({ counter: z.string(), label: z.string(), committed: z.number() })),
})

/** The committed totals of a ledger, without its posts, which a campaign of the trial may send. */
async function totalsOf(service: RunningService): Promise<Readonly<Record<string, number>>> {
  const { data } = totals.parse(await (await fetchOnce(`${service.apiUrl}/v1/totals`)).json())
  return Object.fromEntries(
    data
      .filter(({ counter }) => counter.startsWith('billing'))
      .map(({ counter, label, committed }) => [`${counter} ${label}`, committed]),
  )
}

/** What a query that keeps one label beside `job` says of one job. */
async function sumsOf(
  { query }: PrometheusServer,
  job: string,
): Promise<Readonly<Record<string, number>>> {
  const found = await query(
    `sum by (__name__, job, plan, status) ({__name__=~"billing_.*_total",job="${job}"})`,
  )
  return Object.fromEntries(
    found.map(({ metric, value }) => [
      `${metric.__name__} ${metric.plan ?? metric.status}`,
      Number(value[1]),
    ]),
  )
}

const evaluated = z.object({
  groups: z.array(z.object({ rules: z.array(z.object({ health: z.string() })) })),
})
const active = z.object({
  alerts: z.array(z.object({ labels: z.record(z.string(), z.string()) })),
})

async function alertsOf({ ask }: PrometheusServer, name: string): Promise<readonly string[]> {
  const { alerts } = active.parse(await ask('alerts'))
  return alerts
    .filter(({ labels }) => labels.alertname === name)
    .map(({ labels }) => labels.job ?? '')
}

describe.skipIf(prometheus === '')('two Stripe accounts in one real Prometheus', () => {
  test('are two jobs whose sums are those of their own ledgers, and one job of both is an alert', async () => {
    const folder = temporaryFolder()
    const configured = configurePrometheus(folder)
    const services = new Map<string, RunningService>()
    for (const [job, sales] of Object.entries(accounts)) {
      const service = await runService(temporaryFolder())
      services.set(job, service)
      configured.target(job, [service.metricsUrl])
      await sell(service, sales)
    }
    const server = await startPrometheus(testStack(), {
      folder,
      configFile: configured.file,
      program: prometheus,
    })

    await vi.waitFor(
      async () => {
        for (const [job, service] of services) {
          expect(await sumsOf(server, job)).toEqual(seriesOf(accounts[job] ?? nothing))
          expect(await totalsOf(service)).toEqual(seriesOf(accounts[job] ?? nothing))
        }
        const recorded = await server.query('job_status:billing_payments:rate5m')
        expect(recorded.map(({ metric }) => `${metric.job} ${metric.status}`).toSorted()).toEqual(
          [...services.keys()].flatMap((job) =>
            ['failed', 'refunded', 'success'].map((status) => `${job} ${status}`),
          ),
        )
        const all = evaluated.parse(await server.ask('rules')).groups.flatMap((one) => one.rules)
        expect(all.length).toBe(rules.length)
        expect(all.filter(({ health }) => health !== 'ok')).toEqual([])
        expect(await alertsOf(server, 'CountinghouseMetricsAbsent')).toEqual([])
      },
      { timeout: 60_000, interval: 500 },
    )
    expect(await alertsOf(server, 'CountinghouseLedgersMixed')).toEqual([])

    configured.target(
      'countinghouse',
      [...services.values()].map((one) => one.metricsUrl),
    )
    await vi.waitFor(
      async () =>
        expect(await alertsOf(server, 'CountinghouseLedgersMixed')).toEqual(['countinghouse']),
      { timeout: 60_000, interval: 500 },
    )

    await services.get('countinghouse-eu')?.end('SIGTERM')
    await vi.waitFor(
      async () => {
        expect(await alertsOf(server, 'CountinghouseDown')).toEqual(['countinghouse-eu'])
        expect(await alertsOf(server, 'CountinghouseMetricsAbsent')).toEqual(['countinghouse-eu'])
      },
      { timeout: 60_000, interval: 500 },
    )
  })
})

const nothing: Sales = { plans: [], success: 0, failed: 0, refunded: 0 }
