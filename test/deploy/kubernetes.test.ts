import { expect, test } from 'vitest'
import { z } from 'zod'
import manifest from '../../package.json' with { type: 'json' }
import { resolveConfig } from '../../src/config/config.ts'
import { documentsOf, resourcesOf } from './manifests.ts'
import { settingNames } from './repository.ts'

const port = z.object({ name: z.string() })
const probe = z.object({ httpGet: z.object({ path: z.string(), port: z.string() }) })
const matchLabels = z.object({ matchLabels: z.record(z.string(), z.string()) })
const manifests = resourcesOf('deploy/kubernetes/overlays/postgres').flatMap(documentsOf)
function specOf<Shape extends z.ZodType>(kind: string, shape: Shape): z.output<Shape> {
  return shape.parse(manifests.find((one) => one.kind === kind)?.spec)
}

const container = z.object({
  image: z.string(),
  ports: z.array(port),
  env: z.array(z.object({ name: z.string(), value: z.string() })),
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
      // Each `kubectl apply` would set it back to this number.
      replicas: z.undefined().optional(),
      selector: matchLabels,
      template: z.object({
        metadata: z.object({ labels: z.record(z.string(), z.string()) }),
        spec: z.object({
          terminationGracePeriodSeconds: z.number(),
          enableServiceLinks: z.literal(false),
          automountServiceAccountToken: z.literal(false),
          securityContext: z.object({
            runAsNonRoot: z.boolean(),
            runAsUser: z.number(),
            seccompProfile: z.object({ type: z.string() }),
          }),
          containers: z.tuple([container]),
        }),
      }),
    }),
  )
}

test('Kubernetes runs two replicas of this version as an unprivileged user and probes the right paths', () => {
  const { template } = readDeployment()
  const { spec } = template
  const [one] = spec.containers
  const scaled = z.object({ minReplicas: z.number(), scaleTargetRef: z.looseObject({}) })
  const { minReplicas, scaleTargetRef } = specOf('HorizontalPodAutoscaler', scaled)
  expect(minReplicas).toBe(2)
  expect(scaleTargetRef).toMatchObject({ kind: 'Deployment', name: 'countinghouse' })
  expect(one.image).toBe(`countinghouse:${manifest.version}`)
  expect(spec.securityContext).toEqual({
    runAsNonRoot: true,
    runAsUser: 1000,
    seccompProfile: { type: 'RuntimeDefault' },
  })
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

test('a pod is killed only after the whole shutdown, of which the drain delay is half at most', () => {
  const { terminationGracePeriodSeconds, containers } = readDeployment().template.spec
  const given = Object.fromEntries(containers[0].env.map(({ name, value }) => [name, value]))
  const { shutdownTimeoutMs } = resolveConfig({
    API_KEYS: 'backend:0123456789abcdef0123456789abcdef',
    ...given,
  })
  expect(terminationGracePeriodSeconds * 1_000).toBeGreaterThan(shutdownTimeoutMs + 10_000)
})

test('the network policy lets in the API, and the metrics from the namespace of Prometheus alone', () => {
  const { podSelector, policyTypes, ingress } = specOf(
    'NetworkPolicy',
    z.object({
      podSelector: matchLabels,
      policyTypes: z.array(z.string()),
      ingress: z.array(
        z.object({
          from: z.array(z.object({ namespaceSelector: matchLabels })).optional(),
          ports: z.array(z.object({ port: z.string() })),
        }),
      ),
    }),
  )
  expect(podSelector.matchLabels).toEqual(readDeployment().template.metadata.labels)
  expect(policyTypes).toEqual(['Ingress'])
  const openPorts = ingress.filter(({ from }) => from === undefined).flatMap(({ ports }) => ports)
  const otherPorts = ingress.filter(({ from }) => from !== undefined).flatMap(({ ports }) => ports)
  expect(openPorts.map(({ port }) => port)).toEqual(['http'])
  expect(otherPorts.map(({ port }) => port)).toEqual(['metrics'])
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
