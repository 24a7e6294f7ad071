import { html } from 'hono/html'
import { AppError } from '../../errors.ts'
import { readCursor, toCursor } from '../../ledger/api/dead-letter-schemas.ts'
import type { DeadLetter } from '../../ledger/dead-letters.ts'
import { age } from '../format.ts'
import type {
  ActionOutcome,
  ActionRequest,
  ConsoleSection,
  Html,
  PageContent,
  PageRequest,
} from '../page.ts'
import { stripeLink } from '../stripe-link.ts'

/** Events and objects that could not be processed and are not counted. */
export const deadLetters: ConsoleSection = {
  path: '/dead-letters',
  name: 'Dead letters',
  waiting: { of: ({ deadLetterCount }) => deadLetterCount, name: 'open' },
  pages: [{ path: '/dead-letters', render: renderDeadLetters }],
  actions: [
    { path: '/dead-letters/:id/replay', run: replay },
    { path: '/dead-letters/:id/dismiss', run: dismiss },
  ],
}

const pageSize = 50

async function renderDeadLetters(request: PageRequest): Promise<PageContent> {
  const { use, query } = request
  const state = query.get('state') === 'dismissed' ? 'dismissed' : 'open'
  const after = readCursor(query.get('after') ?? '')
  const found = await use.deadLetters.list(state, pageSize + 1, after)
  const letters = found.slice(0, pageSize)
  const last = found.length > pageSize ? letters.at(-1) : undefined
  return {
    title: 'Dead letters',
    body: html`
<p class="soft">Events and objects from Stripe that could not be processed. They are not counted until a replay succeeds.
The sweep and the reconcile resolve those that they can process.</p>
<ul class="tabs">
  ${tab('open', state, '/dead-letters', 'Open')}
  ${tab('dismissed', state, '/dead-letters?state=dismissed', 'Dismissed')}
</ul>
<section class="card" data-live="letters">
${letters.length === 0 ? html`<p class="empty">There are no ${state} dead letters.</p>` : table(letters, request)}
${last === undefined ? '' : html`<p><a rel="next" href="/dead-letters?state=${state}&after=${toCursor(last)}">Older</a></p>`}
</section>`,
  }
}

function tab(state: string, shown: string, path: string, name: string): Html {
  return html`<li><a href="${path}"${state === shown ? html` aria-current="page"` : ''}>${name}</a></li>`
}

function table(letters: readonly DeadLetter[], request: PageRequest): Html {
  const { viewer, use, now } = request
  return html`
<div class="scroll" role="region" aria-label="Dead letters" tabindex="0"><table>
<caption class="hidden">Newest first</caption>
<thead><tr><th scope="col">Received</th><th scope="col">Object</th><th scope="col">Type</th><th scope="col">Source</th>
<th scope="col">What is wrong</th>${viewer.canOperate ? html`<th scope="col">Actions</th>` : ''}</tr></thead>
<tbody>${letters.map(
    (letter) => html`
<tr><td>${age(letter.receivedAt, now)}</td><th scope="row">${stripeLink(use.service.mode, letter.id)}</th>
<td>${letter.type}</td><td>${letter.source}</td><td>${inWords(letter.reason)}</td>
${viewer.canOperate ? html`<td>${actions(letter)}</td>` : ''}</tr>`,
  )}</tbody></table></div>`
}

function actions({ id, dismissedAt }: DeadLetter): Html {
  const path = `/dead-letters/${encodeURIComponent(id)}`
  return html`
<form class="buttons" method="post">
  <button class="quiet" formaction="${path}/replay" aria-label="Replay ${id}">Replay</button>
  ${dismissedAt === null ? html`<button class="quiet" formaction="${path}/dismiss" aria-label="Dismiss ${id}">Dismiss</button>` : ''}
</form>`
}

/** What a replay found, by the outcome of the API. */
const outcomes: Readonly<Record<string, string>> = {
  new: 'was recorded, and its counter is raised by one',
  duplicate: 'had been recorded before',
  not_counted: 'is valid and is not counted',
  before_genesis: 'is older than the genesis of the ledger and is not counted',
  dead_letter: 'still cannot be processed and stays here',
  not_found_at_stripe: 'was not found at Stripe and stays here: dismiss it if you do not need it',
}

async function replay({ use, params }: ActionRequest): Promise<ActionOutcome> {
  const letter = await find(use.deadLetters.find, params)
  const outcome = await use.deadLetters.replay(letter)
  return { to: '/dead-letters', notice: `${letter.id} ${outcomes[outcome] ?? outcome}.` }
}

async function dismiss({ use, params }: ActionRequest): Promise<ActionOutcome> {
  const { id } = await find(use.deadLetters.find, params)
  await use.deadLetters.dismiss(id)
  return { to: '/dead-letters', notice: `${id} is dismissed.` }
}

async function find(
  findLetter: PageRequest['use']['deadLetters']['find'],
  { id = '' }: Readonly<Record<string, string>>,
): Promise<DeadLetter> {
  const letter = await findLetter(id)
  if (letter !== undefined) return letter
  throw new AppError('not_found', 'there is no such dead letter any more')
}

/** What the codes of invalid fields mean, such as `amount: invalid_type`. */
const wordsOf: ReadonlyMap<string, string> = new Map([
  ['invalid_type', 'missing, or of another type than Stripe documents'],
  ['invalid_union', 'in none of the forms that Stripe documents'],
  ['invalid_value', 'none of the known values'],
  ['invalid_format', 'not in the form that Stripe documents'],
  ['too_big', 'too large'],
  ['too_small', 'too small'],
])

function inWords(reason: string): string {
  return reason.replaceAll(/: (\w+)(?=;|$)/g, (all, code: string) => {
    const words = wordsOf.get(code)
    return words === undefined ? all : ` is ${words}`
  })
}
