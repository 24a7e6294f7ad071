/** A post that is being sent to a channel. */
export interface OutgoingPost {
  /** The same at every attempt. */
  readonly postId: string
  readonly campaignId: string
  readonly text: string
  readonly scheduledAt: number
  readonly timeoutMs: number
}

/** What a channel says about one attempt. Reasons never hold the address or its secrets. */
export type SendOutcome = (
  | { readonly kind: 'sent'; readonly receipt: string }
  | { readonly kind: 'failed'; readonly reason: string }
  | {
      /** May be sent again: it did not arrive, or the receiver drops repeats. */
      readonly kind: 'retry'
      readonly reason: string
      readonly mayHaveArrived: boolean
    }
  | { readonly kind: 'unknown'; readonly reason: string }
) & {
  /** How long the channel asked for nothing at all, from its answer on. */
  readonly cooldownMs?: number
}

/** Where a post goes. It is handed one post at a time. */
export interface Channel {
  /** One word for what it is, which says nothing of where it goes. */
  readonly kind: string
  /** In UTF-16 units, which no service counts fewer of than its own. */
  readonly textLengthMax: number
  /** One attempt. Never rejects. */
  send(post: OutgoingPost): Promise<SendOutcome>
}

/** By lower-case name. */
export type Channels = ReadonlyMap<string, Channel>

export interface ChannelDeps {
  readonly fetch: typeof fetch
  readonly now: () => number
  /** Where the console channel writes. */
  readonly print: (line: string) => void
}

/** An address as understood: what is wrong with it, in words that do not repeat it, or its channel. */
export type AddressReading =
  | { readonly problem: string }
  | { readonly open: (deps: ChannelDeps) => Channel }

/** One kind of channel: a file beside this one and a line in `registry.ts`. */
export interface ChannelKind {
  /** An address as the settings show it. */
  readonly example: string
  /** Whether the address is meant for this kind, be it right or wrong. */
  claims(address: string): boolean
  read(address: string): AddressReading
}

/** Whether a URL carries a user or a password, which `fetch` refuses to send. */
export function hasLogin({ username, password }: URL): boolean {
  return username !== '' || password !== ''
}
