import { globSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { prometheusRuleOf } from '../../deploy/monitoring/prometheus-rule.ts'
import { ruleFiles, textOf } from './repository.ts'

const file = 'deploy/kubernetes/monitoring/prometheus-rule.yaml'
const groups = z.object({ groups: z.array(z.unknown()) })

test('the PrometheusRule is what `npm run manifests` writes, and has every group of the rule files', () => {
  const text = textOf(file)
  expect(text).toBe(prometheusRuleOf(ruleFiles.map(textOf)))
  const written = ruleFiles.flatMap((path) => groups.parse(parse(textOf(path))).groups)
  expect(parse(text).spec.groups).toEqual(written)
  expect(written.length).toBeGreaterThan(3)
})

test('the ConfigMap of the dashboard has the dashboard that Grafana of compose loads', () => {
  const folder = 'deploy/monitoring/grafana'
  expect(parse(textOf(`${folder}/kustomization.yaml`))).toMatchObject({
    configMapGenerator: [{ files: globSync('dashboards/*.json', { cwd: folder }) }],
  })
})
