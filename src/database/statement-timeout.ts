/** PostgreSQL cancels a statement after this time, unless a caller gives another. */
export const statementTimeoutMsDefault = 5_000

/**
 * The statement that lifts this limit, and the driver's own, until the transaction ends: building an index of a large
 * table takes longer than a statement otherwise may.
 */
export const liftStatementTimeout = 'set local statement_timeout = 0'
