import { html } from 'hono/html'
import type { FactRow } from '../../../database/schema.ts'
import { AppError } from '../../../errors.ts'
import { parseFactKey } from '../../../ledger/fact-key.ts'
import { instant } from '../../format.ts'
import type { Html, PageContent, PageRequest } from '../../page.ts'
import { stripeLink } from '../../stripe-link.ts'
import { amountOf } from './amount-of.ts'

/** The path of a fact's own page. */
export function factPath(key: string): string {
  return `/facts/${encodeURIComponent(key)}`
}

/** Why the counter has this one: what happened, who reported it, and the object at Stripe. */
export async function renderFact({ use, params }: PageRequest): Promise<PageContent> {
  const { key = '' } = params
  const [fact] = (await use.readFacts({ key }, { limit: 1 })).facts
  if (fact === undefined)
    throw new AppError('not_found', 'the ledger has no fact with this key: search for it on Facts')
  const { mode } = use.service
  return {
    title: 'Fact',
    body: html`
<section class="card"><h2 class="code">${fact.key}</h2>
<dl class="details">
${detail('Counter', html`<a href="/facts?counter=${fact.counter}">${fact.counter}</a>`)}
${fact.label === '' ? '' : detail('Label', html`<a href="/facts?counter=${fact.counter}&label=${encodeURIComponent(fact.label)}">${fact.label}</a>`)}
${detail('Happened', html`${instant(fact.occurred_at)} UTC`)}
${detail('Recorded', html`${instant(fact.recorded_at)} UTC`)}
${detail('First reported by', html`${fact.source}`)}
${detail('Object', stripeLink(mode, objectOf(fact)))}
${detail('Evidence', stripeLink(mode, fact.evidence))}
${amountOf(fact) === '' ? '' : detail('Amount', html`${amountOf(fact)}`)}
</dl>
<p class="soft">The counter was raised by one when this fact was recorded. The same key can never be recorded again.</p>
</section>`,
  }
}

function objectOf({ key }: FactRow): string {
  return parseFactKey(key)?.id ?? key
}

function detail(term: string, description: Html): Html {
  return html`<div><dt>${term}</dt><dd>${description}</dd></div>`
}
