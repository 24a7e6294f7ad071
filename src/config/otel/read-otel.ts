import { readMetrics } from './metrics.ts'
import { readVariables, type VariableReader } from './read-variables.ts'
import { readResource } from './resource.ts'
import { readTraces } from './traces.ts'
import { warnWithoutEffect } from './without-effect.ts'

/**
 * Reads the standard variables of OpenTelemetry's specification. `warnings` has a line for each value that is
 * not understood or has another effect here, and one for all names that have none; `problems` prevent a start,
 * because data would go astray.
 * https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
 */
export function readOtel(given: Readonly<Record<string, string>>) {
  const { reader, names, warnings } = readVariables(given)
  const problems = new Set<string>()
  const refuse = (problem: string) => {
    problems.add(problem)
  }
  const isDisabled =
    reader.choice('OTEL_SDK_DISABLED', ['true', 'false'], 'nothing is disabled') === 'true'
  const settings = {
    ...readResource(reader),
    metrics: readMetrics(reader, refuse, isDisabled),
    /** Undefined: nothing is traced. */
    traces: readTraces(reader, refuse, isDisabled),
    diagnostics: readDiagnostics(reader),
  }
  const known = warnWithoutEffect(reader, given, names)
  return { ...settings, known, warnings: [...warnings], problems: [...problems] }
}

function readDiagnostics(reader: VariableReader): 'none' | 'error' | 'warn' {
  const level = reader.choice(
    'OTEL_LOG_LEVEL',
    ['none', 'error', 'warn', 'info'],
    "the SDK's warnings and errors are logged, no more: its details may repeat headers",
  )
  return level === 'none' || level === 'error' ? level : 'warn'
}
