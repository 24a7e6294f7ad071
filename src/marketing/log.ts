/** Where marketing tells the operator what happened: the part of the service's logger that it uses. */
export interface MarketingLog {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}
