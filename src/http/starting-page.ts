import { html, raw } from 'hono/html'
import { pagePalette } from './page-palette.ts'
import { hashSource } from './secure-headers.ts'

const refreshSeconds = 2
/** A start that takes longer waits for something. */
const usualMs = 5_000

const style = `
:root {${pagePalette}
  font: 15px/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif;
}
body { margin: 0; background: var(--page); color: var(--ink); }
header { padding: 10px 20px; border-bottom: 1px solid var(--line); background: var(--card); font-weight: 650; }
main { box-sizing: border-box; max-width: 640px; margin: 0 auto; padding: 24px 20px; }
h1 { margin: 0 0 12px; font-size: 21px; font-weight: 650; letter-spacing: -0.015em; }
section { padding: 14px 16px; border: 1px solid var(--line); border-radius: 8px; background: var(--card); }
p { margin: 0; }
p + p { margin-top: 8px; color: var(--soft); }
`

const headers = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'retry-after': String(refreshSeconds),
  'content-security-policy': [
    "default-src 'none'",
    `style-src ${hashSource(style)}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
}

/** Whether somebody opens a page in a browser; programs that take anything are not meant. */
export function isBrowser({ method, headers: given }: Request): boolean {
  return method === 'GET' && (given.get('accept') ?? '').includes('text/html')
}

/** What a browser shows while the service starts: what it waits for, and the page itself as soon as it is there. */
export function startingPage(startingForMs: number): Response {
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="${refreshSeconds}">
<title>Starting · countinghouse</title>
<style>${raw(style)}</style>
</head>
<body>
<header>countinghouse</header>
<main><h1>The service is starting</h1>
<section><p>It opens the ledger and restores the counters. This page goes on by itself.</p>
<p>${adviceOf(startingForMs)}</p></section></main>
</body>
</html>
`
  return new Response(String(page), { status: 503, headers })
}

function adviceOf(startingForMs: number): string {
  if (startingForMs < usualMs) return 'That usually takes a second or two.'
  const seconds = Math.floor(startingForMs / 1_000)
  return `It has been starting for ${seconds} s, which is longer than usual: the ledger\u2019s database may be out of reach. The log says what it waits for. Without its database it ends after a minute, with the reason.`
}
