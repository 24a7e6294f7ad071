import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { committed } from './dashboard.ts'
import { documentsOf } from './manifests.ts'
import { parseQuery } from './promql.ts'
import { queries, rules, textOf, type WrittenQuery } from './repository.ts'

/** Two Stripe accounts in one Prometheus are two jobs: nothing that is shipped adds them up. */
const addsJobsUp = /\b(?:sum|max|min|avg|count|group) ?(?:\(|by \((?!job\b))/
const matchesAcrossJobs = /\b(?:on|group_left|group_right) \((?!job\b)/

function isMixing({ query }: WrittenQuery): boolean {
  return addsJobsUp.test(query) || matchesAcrossJobs.test(query)
}

test('every aggregation of a rule or a documented query is by job', () => {
  const shipped = queries.filter(({ where }) => /^(rule [^t]|README|docs|deploy)/.test(where))
  expect(shipped.length).toBeGreaterThan(50)
  expect(shipped.filter(isMixing)).toEqual([])
})

test.each([
  'sum(rate(marketing_posts_total[5m]))',
  'sum by (plan) (rate(billing_checkout_started_total[5m]))',
  'sum by (job) (up) and on (instance) up',
])('an aggregation over all accounts is found: %s', (query) => {
  expect(isMixing({ where: 'here', query })).toBe(true)
})

test('every panel of the dashboard asks for the chosen job alone', () => {
  const panels = queries.filter(({ where }) => where.startsWith('panel'))
  expect(panels.length).toBeGreaterThan(30)
  const elsewhere = panels.flatMap(({ where, query }) =>
    parseQuery(query)
      .selectors.filter(({ matchers }) => !matchers.some(({ label }) => label === 'job'))
      .map(({ metric }) => `${where}: ${metric}`),
  )
  expect(elsewhere).toEqual([])
  const list = z.looseObject({ list: z.array(z.looseObject({ name: z.string() })) })
  const { templating } = z.looseObject({ templating: list }).parse(committed())
  // Several jobs at once would be added up.
  expect(templating.list.find(({ name }) => name === 'job')).toMatchObject({
    includeAll: false,
    multi: false,
  })
})

test('rules that look for the service by name find every account, and only accounts', () => {
  const patterns = rules.flatMap(({ expr }) =>
    [...expr.matchAll(/job=~"([^"]+)"/g)].map(([, pattern = '']) => pattern),
  )
  expect(new Set(patterns)).toEqual(new Set(['countinghouse(-.+)?']))
  expect(rules.filter(({ expr }) => /job="/.test(expr))).toEqual([])
})

test('the name of a file of targets is the job in Prometheus', () => {
  const scrape = z.object({
    scrape_configs: z.tuple([
      z.object({
        file_sd_configs: z.tuple([z.object({ files: z.tuple([z.string()]) })]),
        relabel_configs: z.tuple([
          z.object({
            source_labels: z.tuple([z.literal('__meta_filepath')]),
            regex: z.string(),
            target_label: z.literal('job'),
          }),
        ]),
      }),
      z.unknown(),
    ]),
  })
  const [job] = scrape.parse(parse(textOf('deploy/monitoring/prometheus.yml'))).scrape_configs
  expect(job.file_sd_configs[0].files).toEqual(['targets/countinghouse*.yml'])
  const regex = new RegExp(`^(?:${job.relabel_configs[0].regex})$`)
  expect(regex.exec('/etc/prometheus/targets/countinghouse.yml')?.[1]).toBe('countinghouse')
  expect(regex.exec('targets/countinghouse-eu.yml')?.[1]).toBe('countinghouse-eu')
})

const service = z.looseObject({
  environment: z.record(z.string(), z.string()),
  volumes: z.array(z.string()),
  extends: z.object({ file: z.literal('compose.yaml'), service: z.string() }),
})
const override = { tag: '!override', collection: 'seq', identify: () => false } as const
const overrideMap = { ...override, collection: 'map' } as const

test('compose gives the second account its own database, keys, volumes and port', () => {
  const { services, volumes } = z
    .object({
      services: z.record(z.string(), service),
      volumes: z.record(z.string(), z.object({ name: z.string() })),
    })
    .parse(
      parse(textOf('deploy/compose.account.yaml'), {
        customTags: [override, overrideMap],
      }),
    )
  const first = z
    .object({
      services: z.looseObject({
        countinghouse: z.looseObject({ environment: z.record(z.string(), z.string()) }),
      }),
      volumes: z.record(z.string(), z.object({ name: z.string() })),
    })
    .parse(parse(textOf('deploy/compose.yaml')))
  const { environment = {} } = services['countinghouse-eu'] ?? {}
  const shared = Object.keys(environment).filter(
    (name) => first.services.countinghouse.environment[name] === environment[name],
  )
  expect(shared).toEqual([])
  for (const name of ['DATABASE_URL', 'DATABASE_PASSWORD', 'API_KEYS', 'STRIPE_SECRET_KEY'])
    expect(environment).toHaveProperty(name)
  const names = [...Object.values(volumes), ...Object.values(first.volumes)].map((one) => one.name)
  expect(new Set(names).size).toBe(names.length)
  expect(environment.DATABASE_URL).toContain('@postgres-eu:')
  expect(environment.OTEL_SERVICE_NAME).toBe('countinghouse-eu')
})

test('the overlay of Kubernetes names one account in all that is its own', () => {
  const folder = 'deploy/kubernetes/overlays/account'
  const [settings] = documentsOf(`${folder}/own-settings.yaml`)
  expect(settings?.spec).toMatchObject({
    template: {
      spec: {
        containers: [
          {
            env: expect.arrayContaining([{ name: 'OTEL_SERVICE_NAME', value: 'countinghouse-eu' }]),
            envFrom: [{ secretRef: { name: 'countinghouse-eu' } }],
          },
        ],
      },
    },
  })
  expect(parse(textOf(`${folder}/kustomization.yaml`))).toMatchObject({
    nameSuffix: '-eu',
    labels: [{ pairs: { 'app.kubernetes.io/name': 'countinghouse-eu' }, includeSelectors: true }],
  })
})
