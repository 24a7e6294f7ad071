import type { Selectable } from 'kysely'

/**
 * `leaving`: a SQLite ledger while it is copied. `left`: one whose copy is complete and verified, for ever.
 * `arriving`: the copy in PostgreSQL, until it is complete, verified and the file says `left`.
 */
export type SealState = 'leaving' | 'left' | 'arriving'

/** One row; the table exists only in a ledger that may not be used, see `seal.ts`. */
export interface LedgerMoveTable {
  id: 1
  /** The same on both sides of one move. */
  token: string
  state: SealState
  /** The other side: a path, or an address without user and password. */
  place: string
  /** The ledger's mode before and after. */
  mode: string
  /** When this state began. */
  since: number
}

export type LedgerMoveRow = Selectable<LedgerMoveTable>
