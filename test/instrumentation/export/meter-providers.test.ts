import { Server } from 'node:net'
import { diag } from '@opentelemetry/api'
import { afterEach, expect, test, vi } from 'vitest'
import {
  startTelemetry,
  type TelemetryOptions,
} from '../../../instrumentation/export/meter-providers.ts'

const warnings: string[] = []
const options: TelemetryOptions = {
  serviceName: 'shop',
  serviceVersion: '1.2.3',
  instanceId: 'pod-1',
  seriesId: 'ledger01-1',
  resourceAttributes: {
    'service.namespace': 'sales',
    'deployment.environment.name': 'production',
    'deployment.environment': 'production',
    'k8s.pod.name': 'pod-1',
  },
  warn: (message) => warnings.push(message),
}

afterEach(() => {
  diag.disable()
  warnings.length = 0
})

/** The attributes of both resources as a reader sees them. */
async function resourcesOf(changes: Partial<TelemetryOptions> = {}) {
  const telemetry = startTelemetry({ ...options, ...changes })
  const [business, service] = await Promise.all(
    [telemetry.business, telemetry.service].map(async ({ reader }) => {
      const { resourceMetrics } = await reader.collect()
      return resourceMetrics.resource.attributes
    }),
  )
  await telemetry.stop()
  return { business, service, own: telemetry.resource.attributes }
}

test('the business has what all replicas and releases share, and its own instance', async () => {
  const { business } = await resourcesOf()
  expect(business).toEqual({
    'service.name': 'shop',
    'service.namespace': 'sales',
    'deployment.environment.name': 'production',
    'deployment.environment': 'production',
    instance: 'ledger01-1',
  })
})

test('without a series of its own the business has no instance', async () => {
  const { business } = await resourcesOf({ seriesId: undefined, resourceAttributes: {} })
  expect(business).toEqual({ 'service.name': 'shop' })
})

test('the process has all attributes, and the given version and instance before its own', async () => {
  const { service, own } = await resourcesOf()
  expect(service).toEqual({
    ...options.resourceAttributes,
    'service.name': 'shop',
    'service.version': '1.2.3',
    'service.instance.id': 'pod-1',
  })
  expect(own).toEqual(service)
  const given = { 'service.version': '9', 'service.instance.id': 'chosen', 'service.name': 'no' }
  expect((await resourcesOf({ resourceAttributes: given })).service).toEqual({
    'service.name': 'shop',
    'service.version': '9',
    'service.instance.id': 'chosen',
  })
})

test('the readers open no port', async () => {
  const listen = vi.spyOn(Server.prototype, 'listen')
  await startTelemetry(options).stop()
  expect(listen).not.toHaveBeenCalled()
})

test('after a stop a reader collects nothing and says so', async () => {
  const { business, stop } = startTelemetry(options)
  await stop()
  await expect(business.reader.collect()).rejects.toThrow('shutdown')
})

test('what the SDK says of itself is logged at the chosen level', async () => {
  const telemetry = startTelemetry({ ...options, diagnostics: 'error' })
  diag.warn('a warning')
  diag.error('an error')
  expect(warnings).toEqual(['OpenTelemetry: an error'])
  await telemetry.stop()
})
