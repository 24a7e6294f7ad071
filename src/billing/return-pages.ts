import { html, raw } from 'hono/html'
import { pagePalette } from '../http/page-palette.ts'

/** Where Stripe returns customers to, and the origins that a caller's pages may have instead. */
export interface ReturnPages {
  readonly successUrl: string
  readonly cancelUrl: string
  readonly origins: ReadonlySet<string>
  /** Where our own pages lead back to: the emulator's shop or the first allowed origin, if there is one. */
  readonly backUrl: string | undefined
}

export interface ReturnSettings {
  readonly successUrl: string | undefined
  readonly cancelUrl: string | undefined
  readonly returnOrigins: readonly string[]
}

/** The configured pages, else our own below `publicUrl`; the emulator's shop may name its own. */
export function returnPages(
  settings: ReturnSettings,
  publicUrl: string,
  shopUrl: string | undefined,
): ReturnPages {
  const successUrl = settings.successUrl ?? `${publicUrl}/checkout/success`
  const cancelUrl = settings.cancelUrl ?? `${publicUrl}/checkout/cancel`
  const known = [successUrl, cancelUrl, ...(shopUrl === undefined ? [] : [shopUrl])]
  const origins = known.map((url) => new URL(url).origin)
  const backUrl = shopUrl ?? settings.returnOrigins[0]
  return {
    successUrl,
    cancelUrl,
    origins: new Set([...settings.returnOrigins, ...origins]),
    backUrl,
  }
}

const texts = {
  success: {
    title: 'Thank you',
    text: 'Your order has reached us.',
  },
  cancel: {
    title: 'Nothing was charged',
    text: 'You left before paying. Go back in your browser to try again.',
  },
} as const

/** The one inline style, allowed by its hash. */
export const checkoutPageStyle = `
:root {${pagePalette}
  font: 16px/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif;
}
body { display: grid; place-items: center; min-height: 90vh; margin: 0; padding: 16px; background: var(--page); color: var(--ink); }
main { box-sizing: border-box; width: min(100%, 460px); padding: 20px 24px 24px; border: 1px solid var(--line); border-radius: 8px; background: var(--card); }
h1 { margin: 0 0 6px; font-size: 21px; font-weight: 650; letter-spacing: -0.015em; }
p { margin: 0; color: var(--soft); }
a { display: inline-block; margin-top: 16px; padding: 6px 14px; border-radius: 6px; background: var(--accent); color: var(--on-accent); font-weight: 600; text-decoration: none; }
a:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
`

/** Where Stripe returns customers to, unless the caller of the API named a page. */
export function checkoutPage(end: keyof typeof texts, { backUrl }: ReturnPages) {
  const { title, text } = texts[end]
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${raw(checkoutPageStyle)}</style>
</head>
<body>
<main><h1>${title}</h1><p>${text}${
    backUrl === undefined
      ? ' You can close this page.'
      : html`</p><p><a href="${backUrl}">Back to the shop</a>`
  }</p></main>
</body>
</html>`
}
