/** The databases that a ledger can live in. */
export type Engine = 'sqlite' | 'postgres'
