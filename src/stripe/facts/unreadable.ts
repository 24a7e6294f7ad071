/**
 * An event or object that cannot be processed: it becomes a dead letter, never a guess. The message is
 * its reason: paths and what to do, no values.
 */
export class Unreadable extends Error {
  override readonly name = 'Unreadable'
}
