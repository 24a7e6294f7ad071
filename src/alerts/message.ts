import type { AlertNotice } from '../marketing/channels/channel.ts'
import type { AlertCondition } from './condition.ts'
import type { Episode, Told } from './episode.ts'

/** Which service speaks. */
export interface Sender {
  readonly serviceName: string
  readonly mode: string
  readonly ledgerId: string
  /** Undefined: messages have no link. */
  readonly publicUrl: string | undefined
}

/** Something to tell: a condition that began to fire, or whose episode is over. */
export interface Notice {
  readonly condition: AlertCondition
  readonly episode: Episode
  readonly tells: Exclude<Told, 'nothing'>
}

/** Whether a channel takes a text. */
export type Fits = (text: string) => boolean

/**
 * The text that tells as many of the notices as the channel takes, and at least the first. Pure. It holds counts and
 * instants, no personal data and no secrets.
 */
export function writeMessage(
  sender: Sender,
  notices: readonly Notice[],
  fits: Fits,
): { readonly text: string; readonly told: readonly Notice[] } {
  let told = notices.slice(0, 1)
  for (const notice of notices.slice(1)) {
    const more = [...told, notice]
    if (!fits(toText(sender, more))) break
    told = more
  }
  return { text: toText(sender, told), told }
}

function toText(sender: Sender, notices: readonly Notice[]): string {
  const { serviceName, mode, ledgerId } = sender
  const head = `${serviceName}, ${mode} mode, ledger ${ledgerId}`
  return [head, ...notices.map((notice) => describe(notice, sender))].join('\n\n')
}

function describe({ condition, episode, tells }: Notice, { publicUrl }: Sender): string {
  const { name, severity, summary, advice, page } = condition
  const { firedAt, overAt, detail, told } = episode
  if (tells === 'over') {
    const lines = [`OVER ${name}: ${summary} From ${toIso(firedAt)} to ${toIso(overAt)}.`]
    return (told === 'nothing' ? [...lines, detail] : lines).join('\n')
  }
  return [
    `FIRING (${severity}) ${name}: ${summary} Since ${toIso(firedAt)}.`,
    `${detail}`,
    `What to do: ${advice}`,
    ...(publicUrl === undefined ? [] : [`${publicUrl}${page}`]),
  ].join('\n')
}

/** For receivers that are programs. */
export function toAlertNotice({ condition, episode, tells }: Notice): AlertNotice {
  return {
    name: condition.name,
    severity: condition.severity,
    state: tells,
    fired_at: toIso(episode.firedAt),
    over_at: episode.overAt === null ? null : toIso(episode.overAt),
  }
}

/** To the second. */
function toIso(instant: number | null): string {
  return `${new Date(instant ?? 0).toISOString().slice(0, 19)}Z`
}
