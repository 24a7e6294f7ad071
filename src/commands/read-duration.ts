import { AppError } from '../errors.ts'

const unitsMs: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
}

/** Reads a duration such as `90s`, `12h` or `30d` into milliseconds. Throws `invalid_request`. */
export function readDurationMs(option: string, text: string): number {
  const [, count = '', unit = ''] = text.match(/^(\d{1,6})([smhd])$/) ?? []
  const unitMs = unitsMs[unit]
  if (unitMs === undefined)
    throw new AppError(
      'invalid_request',
      `${option} ${text}: give a number with its unit, such as 90s, 12h or 30d`,
    )
  return Number(count) * unitMs
}
