/** Formats minor units: `$19.00`. */
export function money(amountMinor: number, currency: string): string {
  const format = new Intl.NumberFormat('en-US', { style: 'currency', currency })
  const digits = format.resolvedOptions().maximumFractionDigits ?? 2
  return format.format(amountMinor / 10 ** digits)
}

/** The time of day on this machine. */
export function timeOfDay(seconds: number): string {
  return new Date(seconds * 1000).toLocaleTimeString('en-GB')
}

export function isoTime(seconds: number): string {
  return new Date(seconds * 1000).toISOString()
}
