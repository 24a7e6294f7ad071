import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { z } from 'zod'
import { startPrometheus } from '../support/prometheus.ts'
import { startAppWithStripe } from '../support/start-test-app.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { testStack } from '../support/test-stack.ts'
import { deliver, eventBody } from '../support/webhooks.ts'
import { configurePrometheus } from './configure-prometheus.ts'
import { monitoring, rules } from './repository.ts'

const hasPrometheus = spawnSync('prometheus', ['--version']).status === 0

const groups = z.object({
  groups: z.array(
    z.object({
      rules: z.array(
        z.object({ name: z.string(), health: z.string(), lastError: z.string().optional() }),
      ),
    }),
  ),
})

const alerts = z.object({
  alerts: z.array(
    z.object({
      state: z.string(),
      labels: z.object({ alertname: z.string() }).loose(),
      annotations: z.object({ runbook_url: z.string() }).loose(),
    }),
  ),
})

test.skipIf(!hasPrometheus)(
  'a real Prometheus with the shipped files sees the counters, evaluates every rule, and only the watchdog barks',
  async () => {
    const app = await startAppWithStripe()
    await deliver(app.apiUrl, eventBody('payment_intent.succeeded'))
    await app.syncJobs.runSweep()
    await app.syncJobs.runReconcile()
    const folder = temporaryFolder()
    const configured = configurePrometheus(folder)
    configured.target('countinghouse', [app.metricsUrl])
    const { ask, query } = await startPrometheus(testStack(), {
      folder,
      configFile: configured.file,
      args: (address) => [
        `--web.external-url=http://${address}`,
        `--web.user-assets=${join(monitoring, 'runbooks')}`,
      ],
    })

    await vi.waitFor(
      async () => {
        const seen = await query('billing_payments_total{job="countinghouse"}')
        expect(
          Object.fromEntries(seen.map(({ metric, value }) => [metric.status, value[1]])),
        ).toEqual({ success: '1', failed: '0', refunded: '0' })
        const evaluated = groups.parse(await ask('rules')).groups.flatMap((group) => group.rules)
        expect(evaluated.length).toBe(rules.length)
        expect(evaluated.filter(({ health }) => health !== 'ok')).toEqual([])
        // Before the first scrape everything was absent, and pending.
        const active = alerts.parse(await ask('alerts')).alerts
        expect(active.map(({ labels }) => labels.alertname)).toEqual(['Watchdog'])
      },
      { timeout: 60_000, interval: 500 },
    )
    const [watchdog] = alerts.parse(await ask('alerts')).alerts
    const page = await fetch(watchdog?.annotations.runbook_url ?? '')
    expect(await page.text()).toMatch(/^# Watchdog\n/)
  },
)
