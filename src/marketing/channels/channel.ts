/** A post that is being sent to a channel. */
export interface OutgoingPost {
  /** The same for every attempt. */
  readonly postId: string
  readonly campaignId: string
  readonly text: string
  readonly scheduledAt: number
  readonly timeoutMs: number
  /** What it tells, if it is no marketing post but a message of the service's own alerts. */
  readonly alerts?: readonly AlertNotice[]
}

/** An alert in the JSON that a generic receiver gets. */
export interface AlertNotice {
  readonly name: string
  readonly severity: string
  readonly state: 'firing' | 'over'
  /** RFC 3339. */
  readonly fired_at: string
  readonly over_at: string | null
}

/** The outcome of one attempt. Reasons never contain the address or its secrets. */
export type SendOutcome = (
  | { readonly kind: 'sent'; readonly receipt: string }
  | { readonly kind: 'failed'; readonly reason: string }
  | {
      /** May be sent again: it was not delivered, or the receiver ignores repeats. */
      readonly kind: 'retry'
      readonly reason: string
      readonly mayHaveArrived: boolean
    }
  | { readonly kind: 'unknown'; readonly reason: string }
) & {
  /** How long the channel asked to wait, from its response. */
  readonly cooldownMs?: number
}

/** A destination of posts. It is passed one post at a time. */
export interface Channel {
  /** The kind of channel, without its address. */
  readonly kind: string
  /** The longest text that the service accepts, as `lengthOf` counts. */
  readonly lengthMax: number
  /** The length of a text as the service counts it, in the form in which it is sent. */
  readonly lengthOf: (text: string) => number
  /** One attempt. Never rejects. */
  send(post: OutgoingPost): Promise<SendOutcome>
}

/** By lower-case name. */
export type Channels = ReadonlyMap<string, Channel>

export interface ChannelDeps {
  readonly fetch: typeof fetch
  readonly now: () => number
  /** The output of the console channel. */
  readonly print: (line: string) => void
}

/** A parsed address: its channel, or what is wrong with it, without repeating it. */
export type AddressReading =
  | { readonly problem: string }
  | { readonly open: (deps: ChannelDeps) => Channel }

/** A kind of channel: a file in this folder and a line in `registry.ts`. */
export interface ChannelKind {
  /** An example address for messages. */
  readonly example: string
  /** Whether the address belongs to this kind, valid or not. */
  claims(address: string): boolean
  read(address: string): AddressReading
}

/** Whether a URL has a user or password, which `fetch` rejects. */
export function hasLogin({ username, password }: URL): boolean {
  return username !== '' || password !== ''
}
