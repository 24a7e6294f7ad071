import { expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { z } from 'zod'
import manifest from '../../package.json' with { type: 'json' }
import { settingNames, textOf } from './repository.ts'

const port = z.object({ name: z.string() })
const probe = z.object({ httpGet: z.object({ path: z.string(), port: z.string() }) })
const matchLabels = z.object({ matchLabels: z.record(z.string(), z.string()) })
const manifests = parseAllDocuments(textOf('deploy/kubernetes.yaml')).map((document) => {
  expect(document.errors).toEqual([])
  return z
    .looseObject({ kind: z.string(), metadata: z.object({ name: z.string() }) })
    .parse(document.toJS())
})
function specOf<Shape extends z.ZodType>(kind: string, shape: Shape): z.output<Shape> {
  return shape.parse(manifests.find((one) => one.kind === kind)?.spec)
}

const container = z.object({
  image: z.string(),
  ports: z.array(port),
  env: z.array(port),
  envFrom: z.array(z.object({ secretRef: port })),
  livenessProbe: probe,
  readinessProbe: probe,
  startupProbe: probe,
  securityContext: z.object({
    allowPrivilegeEscalation: z.boolean(),
    readOnlyRootFilesystem: z.boolean(),
    capabilities: z.object({ drop: z.array(z.string()) }),
  }),
})

function readDeployment() {
  return specOf(
    'Deployment',
    z.object({
      replicas: z.number(),
      selector: matchLabels,
      template: z.object({
        metadata: z.object({ labels: z.record(z.string(), z.string()) }),
        spec: z.object({
          terminationGracePeriodSeconds: z.number(),
          securityContext: z.object({ runAsNonRoot: z.boolean(), runAsUser: z.number() }),
          containers: z.tuple([container]),
        }),
      }),
    }),
  )
}

test('Kubernetes runs two replicas of this version, as nobody special, and asks the right pages', () => {
  const { replicas, template } = readDeployment()
  const { spec } = template
  const [one] = spec.containers
  expect(replicas).toBe(2)
  expect(one.image).toBe(`countinghouse:${manifest.version}`)
  expect(spec.securityContext).toEqual({ runAsNonRoot: true, runAsUser: 1000 })
  expect(one.securityContext).toEqual({
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
  })
  expect(one.livenessProbe.httpGet).toEqual({ path: '/healthz', port: 'http' })
  expect(one.startupProbe.httpGet).toEqual({ path: '/healthz', port: 'http' })
  expect(one.readinessProbe.httpGet).toEqual({ path: '/readyz', port: 'http' })
  expect(one.env.map(({ name }) => name).filter((name) => !settingNames.has(name))).toEqual([])
  expect(spec.terminationGracePeriodSeconds).toBeGreaterThan(30)
})

function readPodMonitor() {
  return specOf(
    'PodMonitor',
    z.object({
      selector: matchLabels,
      jobLabel: z.string(),
      podMetricsEndpoints: z.tuple([
        z.object({
          port: z.string(),
          honorLabels: z.literal(true),
          metricRelabelings: z.tuple([z.object({ action: z.string(), regex: z.string() })]),
        }),
      ]),
    }),
  )
}

test('every selector of Kubernetes finds the pods, and every port has a name that they know', () => {
  const { selector, template } = readDeployment()
  const { labels } = template.metadata
  const ports = template.spec.containers[0].ports.map(({ name }) => name)
  const { selector: chosen, ports: served } = specOf(
    'Service',
    z.object({
      selector: z.record(z.string(), z.string()),
      ports: z.array(z.object({ targetPort: z.string() })),
    }),
  )
  const budget = specOf('PodDisruptionBudget', z.object({ selector: matchLabels }))
  const monitor = readPodMonitor()
  for (const one of [selector, budget.selector, monitor.selector])
    expect(one.matchLabels).toEqual(labels)
  expect(chosen).toEqual(labels)
  expect(served.map(({ targetPort }) => targetPort)).toEqual(['http'])
  expect(monitor.podMetricsEndpoints[0].port).toBe('metrics')
  expect(ports).toEqual(['http', 'metrics'])
  // The rules know the job by this name.
  expect(labels[monitor.jobLabel]).toBe('countinghouse')
})

test('no label of a pod gets into a series: else the business counters would start anew with every leader', () => {
  const { podMetricsEndpoints } = readPodMonitor()
  const [{ action, regex }] = podMetricsEndpoints[0].metricRelabelings
  const dropped = ['namespace', 'container', 'pod', 'endpoint', 'job', 'instance'].filter((label) =>
    new RegExp(`^(?:${regex})$`).test(label),
  )
  expect({ action, dropped }).toEqual({
    action: 'labeldrop',
    dropped: ['container', 'pod', 'endpoint'],
  })
})
