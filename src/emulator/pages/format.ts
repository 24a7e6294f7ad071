/** Formats minor units: `$19.00`. */
export function money(amountMinor: number, currency: string): string {
  return formatOf(currency).format(amountMinor / 10 ** digitsOf(currency))
}

/** Minor units of an amount in a form, `5.00`; undefined if it is not a positive number. */
export function toMinor(amount: string, currency: string): number | undefined {
  const amountMinor = Math.round(Number(amount) * 10 ** digitsOf(currency))
  return amountMinor > 0 && Number.isSafeInteger(amountMinor) ? amountMinor : undefined
}

/** Minor units as a number field takes them: `5.00`. */
export function toField(amountMinor: number, currency: string): string {
  const digits = digitsOf(currency)
  return (amountMinor / 10 ** digits).toFixed(digits)
}

/** The time of day on this machine. */
export function timeOfDay(seconds: number): string {
  return new Date(seconds * 1000).toLocaleTimeString('en-GB')
}

export function isoTime(seconds: number): string {
  return new Date(seconds * 1000).toISOString()
}

function formatOf(currency: string): Intl.NumberFormat {
  return new Intl.NumberFormat('en-US', { style: 'currency', currency })
}

function digitsOf(currency: string): number {
  return formatOf(currency).resolvedOptions().maximumFractionDigits ?? 2
}
