const unitsMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

export type DurationUnit = keyof typeof unitsMs

/**
 * Reads a duration such as `500ms`, `90s` or `30d`: a whole number of at most six digits and one of
 * `units`. Returns milliseconds, or undefined for anything else.
 */
export function parseDurationMs(text: string, units: readonly DurationUnit[]): number | undefined {
  const [, amount, unitText] = /^(\d{1,6})([a-z]+)$/.exec(text) ?? []
  const unit = units.find((one) => one === unitText)
  return amount === undefined || unit === undefined ? undefined : Number(amount) * unitsMs[unit]
}
