/**
 * The rule files of Prometheus as one `PrometheusRule` of the Prometheus Operator: the groups stay as they are written,
 * since the resource has the same form below `spec`.
 * https://prometheus-operator.dev/docs/api-reference/api/#monitoring.coreos.com/v1.PrometheusRule
 */
export function prometheusRuleOf(ruleFiles: readonly string[]): string {
  return `${head}${ruleFiles.map(groupsOf).join('')}`
}

const head = `# Generated from deploy/monitoring/rules by \`npm run manifests\`: change those.
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: countinghouse
  labels: { app.kubernetes.io/name: countinghouse }
spec:
  groups:
`

/** The groups of a rule file, indented below `spec.groups`. Throws if the file has another form. */
function groupsOf(ruleFile: string): string {
  const [, groups] = /^groups:\n(.*)$/ms.exec(ruleFile) ?? []
  if (groups === undefined) throw new Error('the rule file has no groups')
  return groups.replaceAll(/^(?=.)/gm, '  ')
}
