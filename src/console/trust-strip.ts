import { html } from 'hono/html'
import type { Trust } from '../health/trust.ts'
import { age } from './format.ts'
import type { Html } from './page.ts'
import type { ConsoleUseCases } from './use-cases.ts'

/** Whether the numbers can be trusted, in one line, on every page. */
export async function trustStrip({ readTrust }: ConsoleUseCases): Promise<Html> {
  const trust = await readTrust().catch(() => undefined)
  return html`
<aside class="strip" aria-label="Trust" data-live="strip">${
    trust === undefined
      ? html`<p class="bad"><a href="/trust">The ledger cannot be read</a></p>`
      : summary(trust)
  }
</aside>`
}

function summary({ findings, health }: Trust): Html {
  const bad = findings.filter(({ state }) => state === 'bad')
  const warned = findings.some(({ state }) => state === 'warn')
  const state = bad.length > 0 ? 'bad' : warned ? 'warn' : 'good'
  const now = Date.now()
  return html`
  <p class="${state}"><a href="/trust">${textOf(bad.length, warned)}</a></p>
  <dl>
    <div><dt>Event sweep</dt><dd>${age(health.sweptAt, now)}</dd></div>
    <div><dt>Reconcile</dt><dd>${age(health.reconciledAt, now)}</dd></div>
    <div><dt>Last webhook</dt><dd>${age(health.webhookAcceptedAt, now)}</dd></div>
  </dl>`
}

function textOf(badCount: number, isWarned: boolean): string {
  if (badCount > 0) return badCount === 1 ? 'One thing to act on' : `${badCount} things to act on`
  return isWarned ? 'The numbers agree; something to look at' : 'Facts, totals and counters agree'
}
