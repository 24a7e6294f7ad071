import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, inject, test } from 'vitest'
import { readManifests } from '../deploy/manifests.ts'
import { root } from '../deploy/repository.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const { kustomize, kubeconform } = inject('tools').paths
const script = new URL('build-tools.sh', import.meta.url).pathname
const hasPip = spawnSync('python3', ['-m', 'pip', '--version']).status === 0

const shared = [
  'ConfigMap',
  'Deployment',
  'Ingress',
  'NetworkPolicy',
  'PodMonitor',
  'PrometheusRule',
  'Service',
  'Service',
  'ServiceAccount',
]
const overlays = [
  { overlay: 'postgres', own: ['HorizontalPodAutoscaler', 'PodDisruptionBudget'] },
  { overlay: 'sqlite', own: ['PersistentVolumeClaim'] },
]

function build(overlay: string): string {
  return buildFolder(join('overlays', overlay))
}

function buildFolder(folder: string): string {
  return execFileSync(kustomize, ['build', join(root, 'deploy/kubernetes', folder)]).toString()
}

/** What kubeconform finds wrong by the schemas of Kubernetes. The operator's resources have no schema there. */
function conform(text: string): { readonly status: number | null; readonly output: string } {
  const schemas = execFileSync('bash', [script, 'kubernetes-schemas']).toString().trim()
  const file = join(temporaryFolder(), 'all.yaml')
  writeFileSync(file, text)
  const location = `${schemas}/{{ .ResourceKind }}{{ .KindSuffix }}.json`
  const args = ['-strict', '-summary', '-skip', 'PodMonitor,PrometheusRule']
  const run = spawnSync(kubeconform, [...args, '-schema-location', location, file])
  return { status: run.status, output: `${run.stdout}${run.stderr}` }
}

describe.skipIf(kustomize === '')('kustomize', () => {
  test.for(overlays)('builds overlay $overlay', ({ overlay, own }) => {
    const kinds = readManifests(build(overlay)).map(({ kind }) => kind)
    expect(kinds.toSorted()).toEqual([...shared, ...own].toSorted())
  })

  test('gives a second account its own job, names and Secret, and neither rules nor a dashboard', () => {
    const text = build('account')
    const manifests = readManifests(text)
    const kinds = [...shared, 'HorizontalPodAutoscaler', 'PodDisruptionBudget']
    expect(manifests.map(({ kind }) => kind).toSorted()).toEqual(
      kinds.filter((kind) => kind !== 'PrometheusRule' && kind !== 'ConfigMap').toSorted(),
    )
    expect(manifests.filter(({ metadata }) => !metadata.name.endsWith('-eu'))).toEqual([])
    expect(text).not.toMatch(/app.kubernetes.io\/name: countinghouse$/m)
    const labels = { matchLabels: { 'app.kubernetes.io/name': 'countinghouse-eu' } }
    const specOf = (kind: string) => manifests.find((one) => one.kind === kind)?.spec
    expect(specOf('PodMonitor')).toMatchObject({
      jobLabel: 'app.kubernetes.io/name',
      selector: labels,
    })
    expect(specOf('HorizontalPodAutoscaler')).toMatchObject({
      scaleTargetRef: { name: 'countinghouse-eu' },
    })
    expect(text).toMatch(/secretRef:\n +name: countinghouse-eu$/m)
  })

  test('builds the base as deploy/kubernetes.yaml has it', () => {
    const committed = readFileSync(join(root, 'deploy/kubernetes.yaml'), 'utf8')
    expect(readManifests(committed)).toEqual(readManifests(buildFolder('base')))
  })

  test('lets one pod at a time use the SQLite ledger, on its volume', () => {
    const deployment = readManifests(build('sqlite')).find(({ kind }) => kind === 'Deployment')
    expect(deployment).toMatchObject({
      spec: {
        replicas: 1,
        strategy: { type: 'Recreate' },
        template: {
          spec: {
            enableServiceLinks: false,
            securityContext: { fsGroup: 1000, runAsNonRoot: true },
            volumes: [{ persistentVolumeClaim: { claimName: 'countinghouse' } }, { name: 'tmp' }],
          },
        },
      },
    })
  })
})

describe.skipIf(kustomize === '' || kubeconform === '' || !hasPip)('kubeconform', () => {
  test.for(overlays)('finds overlay $overlay valid', ({ overlay }) => {
    const { status, output } = conform(build(overlay))
    expect(output).toMatch(/Invalid: 0, Errors: 0, Skipped: 2/)
    expect(status).toBe(0)
  })

  test.for(['kubernetes.yaml', 'kubernetes/secret.example.yaml'])(
    'finds deploy/%s valid',
    (file) => {
      const { status, output } = conform(readFileSync(join(root, 'deploy', file), 'utf8'))
      expect(output).toMatch(/Valid: [1-9]\d*, Invalid: 0, Errors: 0, Skipped: 0/)
      expect(status).toBe(0)
    },
  )
  test('finds the overlay of a second account valid', () => {
    const { status, output } = conform(build('account'))
    expect(output).toMatch(/Invalid: 0, Errors: 0, Skipped: 1/)
    expect(status).toBe(0)
  })

  test('finds a field wrong that Kubernetes does not know', () => {
    const { status, output } = conform(
      build('sqlite').replace('serviceAccountName', 'serviceAcount'),
    )
    expect(output).toContain('serviceAcount')
    expect(status).toBe(1)
  })
})
