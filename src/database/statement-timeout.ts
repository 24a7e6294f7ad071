/** PostgreSQL cancels a statement after this time, unless a caller gives another. */
export const statementTimeoutMsDefault = 5_000
