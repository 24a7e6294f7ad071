import { html, raw } from 'hono/html'

/** Where Stripe returns customers to, and the origins that a caller's pages may have instead. */
export interface ReturnPages {
  readonly successUrl: string
  readonly cancelUrl: string
  readonly origins: ReadonlySet<string>
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
  return { successUrl, cancelUrl, origins: new Set([...settings.returnOrigins, ...origins]) }
}

const texts = {
  success: {
    title: 'Thank you',
    text: 'Your order has reached us. You can close this page.',
  },
  cancel: {
    title: 'Nothing was charged',
    text: 'You left before paying. You can close this page, or go back and try again.',
  },
} as const

/** The one inline style, allowed by its hash. */
export const checkoutPageStyle = `
  :root { color-scheme: light dark; font-family: system-ui, sans-serif; line-height: 1.5 }
  body { display: grid; place-items: center; min-height: 90vh; margin: 0; padding: 1rem }
  main { max-width: 30rem; text-align: center }
`

/** Where Stripe returns customers to, unless the caller of the API named a page. */
export function checkoutPage(end: keyof typeof texts) {
  return html`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${texts[end].title}</title>
<style>${raw(checkoutPageStyle)}</style>
<main><h1>${texts[end].title}</h1><p>${texts[end].text}</p></main>
</html>`
}
