import { html, raw } from 'hono/html'
import { hashSource } from '../../http/secure-headers.ts'
import { styles } from './styles.ts'

export type Html = ReturnType<typeof html>

interface PageParts {
  readonly title: string
  readonly body: Html
  readonly narrow?: boolean
  /** An inline script, allowed by its nonce. */
  readonly script?: { readonly source: string; readonly nonce: string }
}

const icon =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Crect width='16' height='16' rx='4' fill='%231c5d45'/%3E%3Cpath d='M4 11.5V8m2.7 3.5v-7m2.6 7V6.4m2.7 5.1V3.5' stroke='%23fff' stroke-width='1.5' stroke-linecap='round'/%3E%3C/svg%3E"

/** A whole page: no outside assets, works without its script. */
export function page({ title, body, narrow, script }: PageParts): Html {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<link rel="icon" href="${raw(icon)}">
<style>${raw(styles)}</style>
</head>
<body>
<main${narrow ? raw(' class="narrow"') : ''}>${body}</main>
${script ? html`<script nonce="${script.nonce}">${raw(script.source)}</script>` : ''}
</body>
</html>
`
}

/** Security headers of a page. */
export function pageHeaders(nonce?: string): Record<string, string> {
  return {
    'cache-control': 'no-store',
    'content-security-policy': [
      "default-src 'none'",
      `style-src ${hashSource(styles)}`,
      'img-src data:',
      "connect-src 'self'",
      ...(nonce === undefined ? [] : [`script-src 'nonce-${nonce}'`]),
      "frame-ancestors 'none'",
      "base-uri 'none'",
    ].join('; '),
    'referrer-policy': 'same-origin',
    'x-content-type-options': 'nosniff',
  }
}

/** The error page, with a link back. */
export function problemPage(title: string, detail: string): Html {
  return page({
    title,
    narrow: true,
    body: html`
<header><p class="mark">Emulator <span class="tag">no real money</span></p><h1>${title}</h1></header>
<div class="card">
  <p role="alert">${detail}</p>
  <div><a class="button" href="/">Back to the shop</a></div>
</div>`,
  })
}
