import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { prometheusRuleOf } from './prometheus-rule.ts'

const folder = import.meta.dirname
const files = globSync('rules/*.yml', { cwd: folder }).toSorted()
const texts = files.map((file) => readFileSync(join(folder, file), 'utf8'))
writeFileSync(
  join(folder, '../kubernetes/monitoring/prometheus-rule.yaml'),
  prometheusRuleOf(texts),
)
