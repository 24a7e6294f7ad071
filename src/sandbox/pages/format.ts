/** Minor units as people write them: `$19.00`. */
export const money = (amountMinor: number, currency: string): string => {
  const format = new Intl.NumberFormat('en-US', { style: 'currency', currency })
  const digits = format.resolvedOptions().maximumFractionDigits ?? 2
  return format.format(amountMinor / 10 ** digits)
}

/** The time of day on this machine. */
export const timeOfDay = (seconds: number): string =>
  new Date(seconds * 1000).toLocaleTimeString('en-GB')

export const isoTime = (seconds: number): string => new Date(seconds * 1000).toISOString()
