import { RefusedWebhook } from './refused-webhook.ts'

/** Larger bodies are not tried in other forms: anyone can send a body, and each form has to be hashed. */
const triedCharactersMax = 64 * 1024

/** The indented form grows with the square of the depth. Stripe's events are nested less than 15 levels. */
const triedDepthMax = 100

const rawBody = 'configure it to forward the raw body unchanged'

/**
 * Distinguishes a changed body from a wrong secret where possible: if the signature matches another
 * form of the same body, the secret is right.
 */
export function explainMismatch(
  body: string,
  holds: (otherForm: string) => boolean,
): RefusedWebhook {
  const value = parse(body)
  if (value === undefined)
    return new RefusedWebhook(
      'body_changed',
      `the body is not JSON, so it is not what Stripe sent: a proxy may have compressed, truncated or re-encoded it; ${rawBody}`,
    )
  const isTried = body.length <= triedCharactersMax && depthOf(body) <= triedDepthMax
  if (isTried && otherForms(body, value).some(holds))
    return new RefusedWebhook(
      'body_changed',
      `the secret is right but the body was changed in transit, such as by a proxy that reformats JSON: ${rawBody}`,
    )
  return new RefusedWebhook(
    'wrong_secret',
    `no secret in STRIPE_WEBHOOK_SECRET made this signature: copy the signing secret of the endpoint (whsec_…). If the secret is right, a proxy changes the body: ${rawBody}`,
  )
}

/** What Stripe may have signed: without a byte order mark, with other line endings, or formatted differently. */
function otherForms(body: string, value: unknown): readonly string[] {
  const plain = body.replace(/^\uFEFF/, '').replace(/\r\n/g, '\n')
  const trimmed = plain.trim()
  const forms = [plain, trimmed, `${trimmed}\n`, JSON.stringify(value)]
  return [...forms, JSON.stringify(value, null, 2), `${JSON.stringify(value, null, 2)}\n`].filter(
    (form) => form !== body,
  )
}

/** How deep a text is nested at most: brackets within strings are taken for nesting too. */
function depthOf(text: string): number {
  let [depth, deepest] = [0, 0]
  for (const character of text) {
    if (character === '[' || character === '{') depth += 1
    else if (character === ']' || character === '}') depth -= 1
    deepest = Math.max(deepest, depth)
  }
  return deepest
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body.replace(/^\uFEFF/, ''))
  } catch {
    return undefined
  }
}
