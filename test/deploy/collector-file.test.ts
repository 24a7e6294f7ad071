import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { checkCollectorFile, mergeCollectorFiles } from '../stack/check-collector-file.ts'
import { uncomment } from '../support/uncomment.ts'

const file = readFileSync(new URL('../../otel-collector.yaml', import.meta.url), 'utf8')
const tlsFile = readFileSync(
  new URL('../../deploy/monitoring/otel-collector-tls.yaml', import.meta.url),
  'utf8',
)

test('the Collector file that we ship has nothing to complain about', () => {
  expect(checkCollectorFile(file)).toEqual([])
})

test('so has what is left when it is merged with the file for TLS', () => {
  const merged = mergeCollectorFiles(file, tlsFile)
  expect(checkCollectorFile(merged)).toEqual([])
  expect(parse(merged).service.extensions).toEqual([
    ...parse(file).service.extensions,
    'bearertokenauth/otlp',
  ])
})

test('the file for TLS scrapes as the other does, and adds how', () => {
  const jobs = (text: string) => parse(text).receivers.prometheus.config.scrape_configs
  const [{ scheme, authorization, tls_config, ...job }] = jobs(tlsFile)
  expect([job]).toEqual(jobs(file))
  expect(scheme).toBe('https')
  expect(authorization.credentials_file).toContain('COUNTINGHOUSE_TOKEN_FILE')
  expect(tls_config.ca_file).toContain('COUNTINGHOUSE_CA_FILE')
})

test('traces are off, and the comments describe how to turn them on', () => {
  expect(Object.keys(parse(file).service.pipelines)).toEqual(['metrics'])
  const traced = uncomment(file)
  expect(checkCollectorFile(traced)).toEqual([])
  const { service, exporters } = parse(traced)
  expect(service.pipelines.traces.exporters).toEqual(['otlp_http/traces'])
  expect(Object.keys(exporters)).toEqual(['otlp_http', 'otlp_http/traces'])
  expect(service.pipelines.metrics).toEqual(parse(file).service.pipelines.metrics)
})

test.each([
  [
    'an unknown component',
    'exporters: [otlp_http]',
    'exporters: [otlp_htp]',
    'no exporters "otlp_htp"',
  ],
  [
    'a storage that is not started',
    'extensions: [health_check, file_storage/queue]',
    'extensions: [health_check]',
    'storage "file_storage/queue"',
  ],
  ['a bare variable', '${env:DEPLOY_ENV:-development}', '$DEPLOY_ENV', '"$DEPLOY_ENV"'],
  [
    'a variable without a default',
    '${env:DEPLOY_ENV:-development}',
    '${env:DEPLOY_ENV}',
    'DEPLOY_ENV} has no default',
  ],
  [
    'a memory limiter that comes late',
    '[memory_limiter, resource]',
    '[resource, memory_limiter]',
    'not the first processor',
  ],
  ['an old name', 'otlp_http', 'otlphttp', '"otlphttp" is an old name'],
  ['an old name with a name of its own', 'otlp_http', 'otlphttp/ours', '"otlphttp/ours" is an old'],
  ['an exporter of an old name', 'otlp_http', 'otlp', 'the exporter "otlp" is an old name'],
  [
    'a processor of an old name',
    'resource',
    'resourcedetection/x',
    '"resourcedetection/x" is an old',
  ],
])('%s is found', (_, right, wrong, problem) => {
  expect(file).toContain(right)
  expect(checkCollectorFile(file.replaceAll(right, wrong)).join('\n')).toContain(problem)
})
