import { parse, stringify } from 'yaml'
import { z } from 'zod'

const componentMap = z.record(z.string(), z.unknown())

const collectorFile = z.object({
  extensions: componentMap,
  receivers: componentMap,
  processors: componentMap,
  exporters: componentMap,
  service: z.looseObject({
    extensions: z.array(z.string()),
    pipelines: z.record(
      z.string(),
      z.object({
        receivers: z.array(z.string()),
        processors: z.array(z.string()),
        exporters: z.array(z.string()),
      }),
    ),
  }),
})

const sections = ['receivers', 'processors', 'exporters', 'extensions'] as const
type Section = (typeof sections)[number]

/** Types that the Collector renamed in 2026 or gave up; most load with a warning today. */
const oldTypes: Readonly<Record<Section, ReadonlySet<string>>> = {
  receivers: new Set(),
  processors: new Set([
    'batch',
    'cumulativetodelta',
    'deltatocumulative',
    'k8sattributes',
    'metricstarttime',
    'resourcedetection',
  ]),
  exporters: new Set(['logging', 'otlp', 'otlphttp', 'prometheusremotewrite']),
  extensions: new Set(['memory_ballast']),
}

/** A component is called by its type, or by its type, a slash and a name of its own. */
function typeOf(component: string): string {
  return component.split('/')[0] ?? ''
}

/**
 * What is wrong with a Collector file and `otelcol validate` does not say, in words; empty when nothing
 * is. Variables take the defaults that stand in the file.
 */
export function checkCollectorFile(text: string): readonly string[] {
  const problems: string[] = []
  for (const [, bare = ''] of text.replaceAll('$$', '').matchAll(/(\$(?!\{env:)\S*)/g))
    problems.push(`"${bare}" is not replaced: write \${env:NAME:-default}`)
  for (const [, name = ''] of text.matchAll(/\$\{env:([A-Z_]+)\}/g))
    problems.push(`\${env:${name}} has no default: unset, it is empty without a word`)
  const file = collectorFile.parse(parse(withDefaults(text)))
  for (const [name, pipeline] of Object.entries(file.service.pipelines)) {
    for (const section of ['receivers', 'processors', 'exporters'] as const)
      for (const used of pipeline[section])
        if (!(used in file[section])) problems.push(`${name}: there is no ${section} "${used}"`)
    if (pipeline.processors[0] !== 'memory_limiter')
      problems.push(`${name}: memory_limiter is not the first processor`)
  }
  for (const used of file.service.extensions)
    if (!(used in file.extensions)) problems.push(`there is no extension "${used}"`)
  for (const [, storage = ''] of text.matchAll(/^\s*storage:\s*(\S+)/gm))
    if (!file.service.extensions.includes(storage))
      problems.push(`the storage "${storage}" is not among the service's extensions`)
  for (const section of sections)
    for (const component of Object.keys(file[section]))
      if (oldTypes[section].has(typeOf(component)))
        problems.push(`the ${section.slice(0, -1)} "${component}" is an old name`)
  return problems
}

const map = z.record(z.string(), z.unknown())

/** Several files as the Collector merges them: maps are merged, anything else is replaced by the later file. */
export function mergeCollectorFiles(...texts: readonly string[]): string {
  return stringify(texts.map((text): unknown => parse(text)).reduce(mergeValues))
}

function mergeValues(earlier: unknown, later: unknown): unknown {
  const [one, other] = [map.safeParse(earlier), map.safeParse(later)]
  if (!one.success || !other.success) return later
  const merged = { ...one.data }
  for (const [key, value] of Object.entries(other.data))
    merged[key] = key in merged ? mergeValues(merged[key], value) : value
  return merged
}

/** The types of component that a Collector file declares, by section. */
export function componentTypes(text: string): Readonly<Record<Section, readonly string[]>> {
  const file = collectorFile.parse(parse(withDefaults(text)))
  const typesIn = (section: Section) => Object.keys(file[section]).map(typeOf)
  return {
    receivers: typesIn('receivers'),
    processors: typesIn('processors'),
    exporters: typesIn('exporters'),
    extensions: typesIn('extensions'),
  }
}

function withDefaults(text: string): string {
  return text.replace(
    /\$\{env:[A-Z_]+(?::-([^}]*))?\}/g,
    (_, fallback: string | undefined) => fallback ?? '',
  )
}
