import { html } from 'hono/html'

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

/** Where Stripe sends people back, unless the caller of the API named a page of its own. */
export const checkoutPage = (end: keyof typeof texts) => html`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${texts[end].title}</title>
<style>
  :root { color-scheme: light dark; font-family: system-ui, sans-serif; line-height: 1.5 }
  body { display: grid; place-items: center; min-height: 90vh; margin: 0; padding: 1rem }
  main { max-width: 30rem; text-align: center }
</style>
<main><h1>${texts[end].title}</h1><p>${texts[end].text}</p></main>
</html>`
