import { html } from 'hono/html'
import type { PageContent } from '../page.ts'

export interface SignInPage {
  /** The page to return to. */
  readonly to: string
  /** What was wrong with the last attempt. */
  readonly problem: string | undefined
  /** Why a key may not be entered here; the form is left out. */
  readonly insecureBecause: string | undefined
}

/** The form for an API key, or why it is not shown. */
export function signInPage({ to, problem, insecureBecause }: SignInPage): PageContent {
  const form = html`
<form class="card sign-in" method="post" action="/sign-in">
  <input type="hidden" name="to" value="${to}">
  <label for="key">API key</label>
  <input id="key" name="key" type="password" autocomplete="current-password" required autofocus
    aria-describedby="${problem === undefined ? '' : 'key-fault '}key-help"${problem === undefined ? '' : html` aria-invalid="true"`}>
  ${problem === undefined ? '' : html`<p class="problem" id="key-fault" role="alert">${problem}</p>`}
  <p class="soft" id="key-help">One of <code>API_KEYS</code>. A key with the scope <code>read</code> sees everything and
  changes nothing. The session ends after 12 hours, or when the key is removed.</p>
  <button class="primary">Sign in</button>
</form>`
  const refusal = html`
<section class="card sign-in"><p class="problem" role="alert">Signing in is refused: ${insecureBecause}.</p></section>`
  return { title: 'Sign in', body: insecureBecause === undefined ? form : refusal }
}

/** A path of this service to return to; `/` for anything else. */
export function ownPath(to: string | null | undefined): string {
  return to && /^\/(?![/\\])[^\\\s]*$/.test(to) ? to : '/'
}
