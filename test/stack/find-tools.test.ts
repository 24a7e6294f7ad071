import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { type Build, findTools } from './find-tools.ts'

/** A folder of programs, each of which answers one question of ours. */
function pathWith(programs: Readonly<Record<string, string>>): string {
  const folder = join(temporaryFolder(), 'bin')
  mkdirSync(folder)
  for (const [name, answer] of Object.entries(programs))
    writeFileSync(join(folder, name), `#!/bin/sh\necho '${answer}'\n`, { mode: 0o755 })
  return folder
}

function components(extensions: string) {
  return `receivers:
  - name: otlp
  - name: prometheus
processors:
  - name: memory_limiter
  - name: resource
  - name: batch
exporters:
  - name: otlp_http
extensions:
  - name: health_check
  - name: bearertokenauth
${extensions}`
}

const contrib = components('  - name: file_storage')
const core = components('  - name: zpages')
const takesOtlp = '--[no-]web.enable-otlp-receiver'
const promtool3 = 'promtool, version 3.14.0 (branch: HEAD)'
const stripeMock = 'stripe-mock 0.203.0'
const everything = {
  otelcol: contrib,
  prometheus: takesOtlp,
  promtool: promtool3,
  'stripe-mock': stripeMock,
  kustomize: 'v5.8.1',
  kubeconform: 'v0.8.0',
  oasdiff: 'oasdiff version 1.37.0',
}

const built: Build = (program) => `/built/${program}`

test('programs on the PATH that can what we need are taken as they are', () => {
  const found = findTools(pathWith(everything), built)
  expect(found.paths).toEqual({
    otelcol: 'otelcol',
    prometheus: 'prometheus',
    promtool: 'promtool',
    'stripe-mock': 'stripe-mock',
    kustomize: 'kustomize',
    kubeconform: 'kubeconform',
    oasdiff: 'oasdiff',
  })
  expect(found.problems).toEqual([])
})

test('otelcol-contrib is taken where otelcol lacks a component of our files', () => {
  const path = pathWith({ ...everything, otelcol: core, 'otelcol-contrib': contrib })
  expect(findTools(path, undefined).paths.otelcol).toBe('otelcol-contrib')
})

test('a Prometheus 3 without the OTLP receiver is not taken, and only it is built', () => {
  const path = pathWith({ ...everything, prometheus: 'prometheus, version 3.5.3+ds' })
  const asked: string[] = []
  const build: Build = (program) => {
    asked.push(program)
    return built(program)
  }
  expect(findTools(path, build).paths).toEqual({
    otelcol: 'otelcol',
    prometheus: '/built/prometheus',
    promtool: 'promtool',
    'stripe-mock': 'stripe-mock',
    kustomize: 'kustomize',
    kubeconform: 'kubeconform',
    oasdiff: 'oasdiff',
  })
  expect(asked).toEqual(['prometheus'])
})

test('a failed build is reported with its reason, and the others continue', () => {
  const path = pathWith({ otelcol: core, promtool: 'promtool, version 2.42.0+ds' })
  const build: Build = (program) => {
    if (program === 'otelcol') throw new Error('exit code 1')
    return built(program)
  }
  const { paths, problems } = findTools(path, build)
  expect(paths).toEqual({
    otelcol: '',
    prometheus: '/built/prometheus',
    promtool: '/built/promtool',
    'stripe-mock': '/built/stripe-mock',
    kustomize: '/built/kustomize',
    kubeconform: '/built/kubeconform',
    oasdiff: '/built/oasdiff',
  })
  expect(problems).toEqual([
    { program: 'otelcol', text: 'building otelcol failed: exit code 1', isFailure: true },
  ])
})

test('without Go every program that is missing is named, with what it would have to be', () => {
  const { paths, problems } = findTools(pathWith({ otelcol: core }), undefined)
  expect(Object.values(paths)).toEqual(['', '', '', '', '', '', ''])
  expect(problems.map(({ isFailure }) => isFailure)).toEqual(Array(7).fill(false))
  expect(problems.map(({ text }) => text)).toEqual([
    'no Go, and neither otelcol nor otelcol-contrib on the PATH has every component of otel-collector.yaml and otel-collector-tls.yaml',
    'no Go, and no prometheus on the PATH has --web.enable-otlp-receiver',
    'no Go, and no promtool on the PATH is of version 3',
    'no Go, and no stripe-mock on the PATH is of version 0.203',
    'no Go, and no kustomize on the PATH is of version 5',
    'no Go, and no kubeconform on the PATH is of version 0.8',
    'no Go, and no oasdiff on the PATH is of version 1.37',
  ])
})
