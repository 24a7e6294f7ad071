import { existsSync, globSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { root, rules, ruleTestSuites, ruleTests, textOf } from './repository.ts'

const alerts = rules.filter(({ alert }) => alert !== undefined)
function nameOf({ alert = '' }: (typeof alerts)[number]): string {
  return alert
}
function runbookOf(name: string): string {
  return `deploy/monitoring/runbooks/${name}.md`
}

test.each(alerts.map((alert) => [nameOf(alert), alert] as const))(
  '%s has a summary, a severity and a runbook',
  (name, { labels, annotations }) => {
    expect(name).toMatch(/^([A-Z][a-z]+)+$/)
    expect(['critical', 'warning', 'info', 'none']).toContain(labels.severity)
    expect(annotations.summary).toMatch(/^[A-Z][^{}]+\.$/)
    expect(annotations.description).toMatch(/\.$/)
    // Prometheus serves the folder of runbooks itself.
    expect(annotations.runbook_url).toBe(`{{ $externalURL }}/user/${name}.md`)
    expect(existsSync(join(root, runbookOf(name)))).toBe(true)
    const runbook = textOf(runbookOf(name))
    expect(runbook.startsWith(`# ${name}\n`)).toBe(true)
    for (const part of ['## Meaning', '## Diagnosis', '## Mitigation'])
      expect(runbook).toContain(part)
  },
)

test('every runbook belongs to an alert, and its links lead somewhere', () => {
  const pages = globSync('deploy/monitoring/runbooks/*.md', { cwd: root }).toSorted()
  expect(pages).toEqual(alerts.map((alert) => runbookOf(nameOf(alert))).toSorted())
  const dead = pages.flatMap((page) =>
    [...textOf(page).matchAll(/\]\(([^)]+)\)/g)].flatMap(([, target = '']) =>
      existsSync(join(root, page, '..', target)) ? [] : [`${page}: ${target}`],
    ),
  )
  expect(dead).toEqual([])
})

/** What the rule tests expect of an alert: the labels with which it fires, and that it stays quiet. */
function expectationsOf(name: string) {
  const asked = ruleTests
    .flatMap(({ promql_expr_test }) => promql_expr_test)
    .filter(({ expr }) => expr === `ALERTS{alertname="${name}",alertstate="firing"}`)
  return {
    firing: asked.flatMap(({ exp_samples }) => exp_samples.map(({ labels }) => labels)),
    quiet: asked.filter(({ exp_samples }) => exp_samples.length === 0).length,
  }
}

test.each(alerts.map((alert) => [nameOf(alert), alert] as const))(
  '%s is shown to fire and to stay quiet, and its text names only labels that it has',
  (name, { annotations, labels }) => {
    const { firing, quiet } = expectationsOf(name)
    expect(firing.length).toBeGreaterThan(0)
    if (labels.severity === 'none') expect(quiet).toBe(0)
    else expect(quiet).toBeGreaterThan(0)
    const used = [...(annotations.description ?? '').matchAll(/\$labels\.(\w+)/g)]
    for (const [, label = ''] of used)
      expect(firing.some((labels) => labels.includes(`${label}="`))).toBe(true)
  },
)

test('the tests look at alerts at the moment of an evaluation: later they see nothing, firing or not', () => {
  const minutes = { m: 1, h: 60, d: 1440, s: 1 / 60 }
  const toMinutes = (text: string): number => {
    const { count = '', unit = '' } = /^(?<count>\d+)(?<unit>[smhd])$/.exec(text)?.groups ?? {}
    return Number(count) * (new Map(Object.entries(minutes)).get(unit) ?? Number.NaN)
  }
  const offBeat = ruleTestSuites.flatMap(({ evaluation_interval, tests }) =>
    tests
      .flatMap(({ promql_expr_test }) => promql_expr_test)
      .filter(({ expr, eval_time }) => {
        const isAlert = expr.startsWith('ALERTS')
        return isAlert && toMinutes(eval_time) % toMinutes(evaluation_interval) !== 0
      }),
  )
  expect(offBeat).toEqual([])
})

test('no alert depends on a recorded series, because groups are evaluated in no fixed order', () => {
  expect(alerts.filter(({ expr }) => /\bjob\w*:/.test(expr)).map(nameOf)).toEqual([])
})

test('an increase is compared with half-integers, because it extrapolates', () => {
  const exact = /[=!<>]=? *(?:bool )?[1-9]\d*(?!\.?\d| \*)\b/
  const compared = alerts.flatMap(({ alert, expr }) =>
    expr.includes('increase(') && exact.test(expr.replaceAll(/"[^"]*"|\[[^\]]*\]/g, ''))
      ? [alert]
      : [],
  )
  // It compares an age in seconds.
  expect(compared).toEqual(['StripeWebhooksSilent'])
})

/** Checked by Alertmanager's own `amtool check-config` 0.29.0 when it was written. */
test('the example for Alertmanager names alerts and severities that exist, and no secret', () => {
  const text = textOf('deploy/monitoring/alertmanager.yml')
  const named = [...text.matchAll(/(alertname|severity)(=~?|!=)"([^"]+)"/g)]
  expect(named.length).toBeGreaterThan(4)
  const known = {
    alertname: alerts.map(nameOf),
    severity: alerts.map(({ labels }) => labels.severity ?? ''),
  }
  for (const [, label, operator, value = ''] of named) {
    const values = label === 'severity' ? known.severity : known.alertname
    const pattern = new RegExp(operator === '=~' ? `^(${value})$` : `^${value}$`)
    expect(
      values.filter((one) => pattern.test(one)),
      value,
    ).not.toEqual([])
  }
  expect(text).not.toMatch(/(api_url|routing_key|url): /)
})
