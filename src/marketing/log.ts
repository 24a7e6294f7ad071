/** The part of the service's logger that marketing uses. */
export interface MarketingLog {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}
