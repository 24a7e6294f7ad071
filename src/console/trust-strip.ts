import { html } from 'hono/html'
import type { Trust } from '../health/read-trust.ts'
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

function summary(trust: Trust): Html {
  const { health } = trust
  const problems = problemsOf(trust)
  const now = Date.now()
  return html`
  <p class="${problems.length === 0 ? 'good' : 'bad'}"><a href="/trust">${
    problems.length === 0 ? 'All numbers agree' : problems.join(', ')
  }</a></p>
  <dl>
    <div><dt>Event sweep</dt><dd>${age(health.sweptAt, now)}</dd></div>
    <div><dt>Reconcile</dt><dd>${age(health.reconciledAt, now)}</dd></div>
    <div><dt>Last webhook</dt><dd>${age(health.webhookAcceptedAt, now)}</dd></div>
  </dl>`
}

/** What is wrong, each in a few words; the page of trust has the advice. */
function problemsOf(trust: Trust): readonly string[] {
  const failed = trust.findings.filter(({ isWell }) => !isWell).length
  return [
    ...(trust.canExpose ? [] : ['The counters are not exposed']),
    ...(isEqual(trust) ? [] : ['Facts, totals and counters differ']),
    ...(failed === 0 ? [] : [failed === 1 ? 'One check failed' : `${failed} checks failed`]),
  ]
}

/** Whether facts, totals and counters agree in every series. */
function isEqual({ totals }: Trust): boolean {
  return totals.every(({ isRight }) => isRight)
}
