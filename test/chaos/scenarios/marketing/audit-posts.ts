import type { ChannelTruth, EarlyRequest } from './channels-process.ts'

export interface PostEntry {
  readonly id: string
  readonly campaignId: string
  readonly slotKey: string
  readonly state: string
  /** Of its own for each slot. */
  readonly text: string
}

export interface PostEvidence {
  /** The posts once no process had anything left to do. */
  readonly before: readonly PostEntry[]
  /** And after an operator looked at the channels and resolved every unknown. */
  readonly after: readonly PostEntry[]
  readonly truth: ChannelTruth
  readonly slots: number
  readonly facts: number
  readonly total: number
  readonly exposed: number
  readonly kills: readonly Kill[]
}

/** When (epoch) a process was killed. */
export interface Kill {
  readonly process: number
  readonly at: number
}

const final: ReadonlySet<string> = new Set(['sent', 'failed', 'unknown', 'missed'])

/** What broke the promise of posts; nothing when it held. */
export function auditPosts(evidence: PostEvidence): readonly string[] {
  const { before, after, truth, slots, facts, total, exposed } = evidence
  const posted = (post: PostEntry): boolean => truth.posted[post.text] !== undefined
  const slotsKnown = new Set(before.map(({ campaignId, slotKey }) => `${campaignId} ${slotKey}`))
  const sent = after.filter(({ state }) => state === 'sent').length
  const received = Object.keys(truth.posted).length
  return [
    ...say('slots that nobody knows of', slots - slotsKnown.size),
    ...say(
      'texts that two slots share',
      before.length - new Set(before.map((one) => one.text)).size,
    ),
    ...say('slots posted twice', Object.values(truth.posted).filter((count) => count > 1).length),
    ...say('slots in no final state', before.filter(({ state }) => !final.has(state)).length),
    ...say(
      'sent and not posted',
      before.filter((one) => one.state === 'sent' && !posted(one)).length,
    ),
    ...say(
      'posted and called failed or missed',
      before.filter((one) => ['failed', 'missed'].includes(one.state) && posted(one)).length,
    ),
    ...say('still unknown', after.filter(({ state }) => state === 'unknown').length),
    ...say(
      'requests earlier than the channel allowed',
      truth.early.filter((one) => one.byMs > 0 && !wasForgotten(one, evidence.kills)).length,
    ),
    ...say('requests that came together', truth.overlaps),
    ...(sent < 0.9 * slots ? [`only ${sent} of ${slots} slots were sent`] : []),
    ...(truth.refusals === 0 || truth.breaks === 0 ? ['the channels never failed'] : []),
    ...(new Set([sent, facts, total, exposed, received]).size === 1
      ? []
      : [
          `${sent} sent rows, ${facts} facts, ${total} in totals, ${exposed} exposed, ${received} posted`,
        ]),
  ]
}

/** Whether the process that received a retry-after was killed before it can have stored it. */
function wasForgotten({ toldProcess, toldAt }: EarlyRequest, kills: readonly Kill[]): boolean {
  return kills.some(
    ({ process, at }) => process === toldProcess && at >= toldAt && at <= toldAt + 1_000,
  )
}

function say(what: string, count: number): readonly string[] {
  return count === 0 ? [] : [`${count} ${what}`]
}
