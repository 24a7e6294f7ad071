import { AppError } from '../errors.ts'
import { parseDurationMs } from '../time/duration.ts'

/** Parses a duration such as `90s`, `12h` or `30d` into milliseconds. Throws `invalid_request`. */
export function readDurationMs(option: string, text: string): number {
  const readMs = parseDurationMs(text, ['s', 'm', 'h', 'd'])
  if (readMs === undefined)
    throw new AppError(
      'invalid_request',
      `${option} ${text}: give a number with its unit, such as 90s, 12h or 30d`,
    )
  return readMs
}
