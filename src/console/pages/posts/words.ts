import { html } from 'hono/html'
import type { PostRow } from '../../../database/schema.ts'
import type { Html } from '../../page.ts'

export type PostState = PostRow['state']

interface StateWords {
  readonly name: string
  /** Which tag it has. */
  readonly tone: '' | 'good' | 'warn' | 'bad'
  readonly meaning: string
}

/** The states in the order in which they need somebody. */
export const stateWords: Readonly<Record<PostState, StateWords>> = {
  unknown: {
    name: 'Unknown',
    tone: 'bad',
    meaning: 'It may have arrived. It is not counted and not sent again: look at the channel.',
  },
  due: { name: 'Due', tone: '', meaning: 'It waits for its first or next attempt.' },
  sending: { name: 'Sending', tone: '', meaning: 'An attempt is running.' },
  failed: { name: 'Failed', tone: 'warn', meaning: 'It was not sent. It is not counted.' },
  missed: {
    name: 'Missed',
    tone: 'warn',
    meaning: 'Its time passed before it could be sent. It is not counted.',
  },
  sent: { name: 'Sent', tone: 'good', meaning: 'The channel confirmed it. It is counted.' },
}

const byName = new Map<string, PostState>()
for (const state of Object.keys(stateWords)) if (isState(state)) byName.set(state, state)

/** The state with this name; undefined if there is none. */
export function readState(given: string | null): PostState | undefined {
  return byName.get(given ?? '')
}

function isState(name: string): name is PostState {
  return Object.hasOwn(stateWords, name)
}

/** A state as a tag. */
export function stateTag(state: PostState): Html {
  const { name, tone } = stateWords[state]
  return html`<span class="tag ${tone}">${name}</span>`
}

/** Why it is not sent, or not yet. */
export function reasonText({ reason }: Pick<PostRow, 'reason'>): string {
  return reason === null ? '' : `${reason.charAt(0).toUpperCase()}${reason.slice(1)}`
}

/** Whether an operator may still say what became of it. As in the API. */
export function isOpen({ state, may_have_arrived }: PostRow): boolean {
  return state === 'unknown' || (state === 'failed' && may_have_arrived === 1)
}

/** What a form of posts sends if Enter is pressed in one of its fields. */
export const pressedByEnter = 'none'
