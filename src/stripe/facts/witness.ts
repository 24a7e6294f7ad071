/** Who tells of a fact: the event or the listed object itself, and when that says it happened. */
export interface Witness {
  /** Id of the event or object. */
  readonly evidence: string
  /** Milliseconds. */
  readonly occurredAt: number
}
