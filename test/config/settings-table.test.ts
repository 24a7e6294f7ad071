import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { readOtel } from '../../src/config/otel/read-otel.ts'
import { settings } from '../../src/config/settings.ts'

function textOf(file: string): string {
  return readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8')
}

/** The variables of OpenTelemetry that most people need; `docs/opentelemetry.md` has all of them. */
const ofOpenTelemetry = [
  'OTEL_SERVICE_NAME',
  'OTEL_RESOURCE_ATTRIBUTES',
  'OTEL_EXPORTER_OTLP_ENDPOINT',
  'OTEL_EXPORTER_OTLP_METRICS_ENDPOINT',
  'OTEL_EXPORTER_OTLP_HEADERS',
  'OTEL_METRIC_EXPORT_INTERVAL',
  'OTEL_TRACES_SAMPLER_ARG',
]

/** What users can set. */
const wanted = [...Object.keys(settings.shape), ...ofOpenTelemetry, 'CHANNEL_'].toSorted()

test('OpenTelemetry variables that are shown are known', () => {
  const { known } = readOtel({})
  expect(ofOpenTelemetry.filter((name) => !known.has(name))).toEqual([])
})

const isChannel = /^CHANNEL_.*/
function sorted(names: readonly string[]): readonly string[] {
  return [...new Set(names.map((name) => name.replace(isChannel, 'CHANNEL_')))].toSorted()
}

test('.env.example has every setting and no other', () => {
  const lines = [...textOf('.env.example').matchAll(/^#([A-Z][A-Z_]+)=/gm)]
  expect(sorted(lines.map(([, name = '']) => name))).toEqual(wanted)
})

test('the table of settings in docs/settings.md has every setting and no other', () => {
  const rows = textOf('docs/settings.md')
    .split('\n')
    .filter((line) => line.startsWith('| `'))
  const names = rows.flatMap((row) =>
    [...(row.split('|')[1] ?? '').matchAll(/`([A-Z_]+)/g)].map(([, name = '']) => name),
  )
  expect(sorted(names)).toEqual(wanted)
})
