import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { settings } from '../../src/config/settings.ts'

function textOf(file: string): string {
  return readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8')
}

/** What users can set: the settings, what OpenTelemetry's exporters read by themselves, and channels. */
const wanted = [...Object.keys(settings.shape), 'OTEL_EXPORTER_OTLP_HEADERS', 'CHANNEL_'].toSorted()

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
