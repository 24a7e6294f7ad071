import { RefusedWebhook } from './refused-webhook.ts'

/** Above it the other forms are not tried: anybody may send a body, and each form is hashed. */
const triedCharactersMax = 64 * 1024

/** The indented form grows with the square of the depth. Stripe's events are below 15. */
const triedDepthMax = 100

const rawBody = 'have it pass the raw body on, byte for byte'

/**
 * Tells a changed body from a wrong secret as far as that can be: a signature that holds over another
 * form of the same body was made with the right secret.
 */
export function explainMismatch(
  body: string,
  holds: (otherForm: string) => boolean,
): RefusedWebhook {
  const value = parse(body)
  if (value === undefined)
    return new RefusedWebhook(
      'body_changed',
      `the body is not JSON, so it is not as Stripe sent it: a proxy may have compressed, cut or re-encoded it; ${rawBody}`,
    )
  const isTried = body.length <= triedCharactersMax && depthOf(body) <= triedDepthMax
  if (isTried && otherForms(body, value).some(holds))
    return new RefusedWebhook(
      'body_changed',
      `the secret is right and the body was changed on its way, such as by a proxy that formats JSON anew: ${rawBody}`,
    )
  return new RefusedWebhook(
    'wrong_secret',
    `no secret in STRIPE_WEBHOOK_SECRET made this signature: copy the signing secret of the endpoint (whsec_…). If it is that secret, a proxy changes the body: ${rawBody}`,
  )
}

/** What Stripe may have signed: without a byte order mark, with other line ends, formatted otherwise. */
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
