import { html } from 'hono/html'
import type { AppError } from '../errors.ts'
import type { PageContent } from './page.ts'

/** A failure in words. Internal errors have no details, which are in the log under the request id. */
export function problemPage(error: AppError, status: number, requestId: string): PageContent {
  const detail = status === 500 ? 'Something failed inside. The log has it.' : error.message
  return {
    title: titleOf(status),
    body: html`
<section class="card">
  <p class="problem" role="alert">${detail}</p>
  <p class="soft">Request <code>${requestId}</code></p>
  <p><a href="/">Go to the overview</a></p>
</section>`,
  }
}

function titleOf(status: number): string {
  if (status === 404) return 'Not found'
  if (status === 403) return 'Not allowed'
  return status >= 500 ? 'This does not work now' : 'This cannot be done'
}
