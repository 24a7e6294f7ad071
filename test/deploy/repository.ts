import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'
import { readPanels, readVariables } from './dashboard.ts'

/** What is written in the repository about metrics: rules, their tests, queries in files of any kind. */
export const root = new URL('../..', import.meta.url).pathname
export const monitoring = join(root, 'deploy/monitoring')

export function textOf(path: string): string {
  return readFileSync(join(root, path), 'utf8')
}

const rule = z.strictObject({
  alert: z.string().optional(),
  record: z.string().optional(),
  expr: z.string(),
  for: z.string().optional(),
  keep_firing_for: z.string().optional(),
  labels: z.record(z.string(), z.string()).default({}),
  annotations: z.record(z.string(), z.string()).default({}),
})

const rulesFile = z.strictObject({
  groups: z.array(z.strictObject({ name: z.string(), rules: z.array(rule) })),
})

const sample = z.strictObject({ labels: z.string(), value: z.number() })

const testFile = z.strictObject({
  rule_files: z.array(z.string()),
  evaluation_interval: z.string(),
  tests: z.array(
    z.strictObject({
      name: z.string(),
      interval: z.string(),
      input_series: z.array(z.strictObject({ series: z.string(), values: z.coerce.string() })),
      promql_expr_test: z.array(
        z.strictObject({ expr: z.string(), eval_time: z.string(), exp_samples: z.array(sample) }),
      ),
    }),
  ),
})

export type Rule = z.output<typeof rule>

export const ruleFiles = globSync('deploy/monitoring/rules/*.yml', { cwd: root }).toSorted()
export const ruleTestFiles = globSync('deploy/monitoring/tests/*.yml', { cwd: root }).toSorted()

export const rules: readonly Rule[] = ruleFiles.flatMap((file) =>
  rulesFile.parse(parse(textOf(file))).groups.flatMap((group) => group.rules),
)

export const ruleTestSuites = ruleTestFiles.map((file) => testFile.parse(parse(textOf(file))))
export const ruleTests = ruleTestSuites.flatMap(({ tests }) => tests)

export const jobs: readonly string[] = z
  .object({ scrape_configs: z.array(z.object({ job_name: z.string() })) })
  .parse(parse(textOf('deploy/monitoring/prometheus.yml')))
  .scrape_configs.map(({ job_name }) => job_name)

export interface WrittenQuery {
  readonly where: string
  readonly query: string
}

const ours = /\b(marketing_|billing_|countinghouse_|http_server_|otelcol_)\w+|\bup\b|\bjob\w*:\w+/

/** A request, a command or a statement that happens to name a metric. */
const noQuery = /^(GET|POST|PATCH|curl|docker|npm|select|promtool|\/)|=.*&/

/** Code in a document that asks for a metric. */
function queriesIn(markdown: string): readonly string[] {
  const spans = [...markdown.matchAll(/(?<!`)`([^`\n]+)`(?!`)/g)].map(([, code = '']) =>
    code.replaceAll('\\|', '|'),
  )
  const blocks = [...markdown.matchAll(/^```promql\n(.*?)^```/gms)].map(([, code = '']) => code)
  return [...spans, ...blocks].filter((code) => ours.test(code) && !noQuery.test(code))
}

const documents = globSync(['*.md', 'docs/**/*.md', 'deploy/**/*.md'], { cwd: root }).toSorted()

/** Every PromQL expression of the repository. */
export const queries: readonly WrittenQuery[] = [
  ...rules.map((one) => ({ where: `rule ${one.alert ?? one.record}`, query: one.expr })),
  ...ruleTests.flatMap(({ name, promql_expr_test }) =>
    promql_expr_test.map(({ expr }) => ({ where: `rule test "${name}"`, query: expr })),
  ),
  ...readPanels().flatMap(({ title, queries }) =>
    queries.map((query) => ({ where: `panel "${title}"`, query })),
  ),
  ...readVariables().map(({ name, query }) => ({ where: `dashboard variable ${name}`, query })),
  ...documents.flatMap((document) =>
    queriesIn(textOf(document)).map((query) => ({ where: document, query })),
  ),
]

/** Every setting that the service reads, from the file that lists them. */
export const settingNames: ReadonlySet<string> = new Set(
  [...textOf('.env.example').matchAll(/^#?([A-Z][A-Z_]+)=/gm)].map(([, name = '']) => name),
)
