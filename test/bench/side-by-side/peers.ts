/** A program that takes Stripe's webhooks, measured on the same work as all others. */
export interface Peer {
  readonly title: string
  readonly database: 'none' | 'sqlite' | 'postgres'
  /** Its program in `test/bench/peers`; the service itself has none. */
  readonly program?: string
}

/** Every peer by its name, from the least that a server can do to what keeps each event. */
export const peers = {
  'raw-node': { title: 'raw Node', database: 'none', program: 'raw-node.ts' },
  'raw-node-hmac': { title: 'raw Node + HMAC', database: 'none', program: 'raw-node-hmac.ts' },
  hono: { title: 'Hono', database: 'none', program: 'hono.ts' },
  'hono-construct-event': {
    title: 'Hono + constructEvent',
    database: 'none',
    program: 'hono-construct-event.ts',
  },
  'countinghouse-sqlite': { title: 'countinghouse, SQLite', database: 'sqlite' },
  'usual-way-sqlite': {
    title: 'the usual way, SQLite',
    database: 'sqlite',
    program: 'usual-way-sqlite.ts',
  },
  'countinghouse-postgres': { title: 'countinghouse, PostgreSQL', database: 'postgres' },
  'usual-way-postgres': {
    title: 'the usual way, PostgreSQL',
    database: 'postgres',
    program: 'usual-way-postgres.ts',
  },
  'stripe-sync-engine': {
    title: 'stripe-sync-engine, PostgreSQL',
    database: 'postgres',
    program: 'stripe-sync-engine.ts',
  },
} as const satisfies Readonly<Record<string, Peer>>

export type PeerName = keyof typeof peers

/** All of them, in the order of the tables. */
export const peerNames: readonly PeerName[] = Object.keys(peers).filter(isPeerName)

export function isPeerName(name: string): name is PeerName {
  return Object.hasOwn(peers, name)
}
