import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import Stripe from 'stripe'
import { RefusedWebhook } from '../../../src/stripe/webhook/refused-webhook.ts'
import { verifySignature } from '../../../src/stripe/webhook/verify-signature.ts'
import { inProcess } from '../in-process.ts'
import type { FuzzTarget } from '../target.ts'

const secrets = ['whsec_first', 'whsec_second'] as const
const nowSeconds = 1_795_000_000

/** Deep enough for a recursion to run out of stack. */
const depthMax = 32_000

const deepBodies = fc
  .tuple(fc.integer({ min: 1, max: depthMax }), fc.constantFrom(['[', ']'], ['{"a":', '1}']))
  .map(([depth, [open = '', close = '']]) => open.repeat(depth) + close.repeat(depth))

const texts = fc.oneof(
  { weight: 8, arbitrary: fc.json() },
  { weight: 4, arbitrary: fc.string({ unit: 'binary', maxLength: 300 }) },
  { weight: 1, arbitrary: fc.json().map((text) => `\uFEFF${text}\r\n`) },
  {
    weight: 1,
    arbitrary: fc.string({ minLength: 1, maxLength: 50 }).map((text) => text.repeat(400)),
  },
)
const bodies = fc.oneof({ weight: 2_000, arbitrary: texts }, { weight: 1, arbitrary: deepBodies })

const seconds = fc
  .oneof(
    fc.constantFrom(0, -1, -299, -300, -301, 299, 300, 301, 86_400),
    fc.integer({ min: -400, max: 400 }),
  )
  .map((offset) => nowSeconds + offset)

/** How a time may be written: as Stripe does, for the most part. */
const times = fc.oneof(
  { weight: 12, arbitrary: seconds.map(String) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(
        seconds,
        fc.constantFrom('0#', '+#', '-#', ' #', '# ', '#.5', '#e0', '#=1', '0x#', '#s'),
      )
      .map(([time, form]) => form.replace('#', String(time))),
  },
  {
    weight: 1,
    arbitrary: fc.oneof(fc.string({ maxLength: 20 }), fc.constantFrom('', 'NaN', '1e9')),
  },
)

const manglings = {
  none: (signature: string) => signature,
  capitals: (signature: string) => signature.toUpperCase(),
  half: (signature: string) => signature.slice(0, 32),
  longer: (signature: string) => `${signature}0`,
  pair: (signature: string) => `${signature}=1`,
  space: (signature: string) => `${signature} `,
} as const

type Item =
  | { readonly kind: 'time'; readonly text: string }
  | { readonly kind: 'text'; readonly text: string }
  | {
      readonly kind: 'signature'
      readonly secret: string
      readonly scheme: string
      readonly mangling: keyof typeof manglings
      readonly count: number
    }

const signatures: fc.Arbitrary<Item> = fc.record({
  kind: fc.constant('signature'),
  secret: fc.constantFrom(...secrets, ...secrets, 'whsec_other', ''),
  scheme: fc.constantFrom('v1', 'v1', 'v1', 'v1', 'v0', 'V1'),
  mangling: fc.constantFrom<keyof typeof manglings>(
    'none',
    'none',
    'none',
    'none',
    ...manglingNames(),
  ),
  count: fc.constantFrom(1, 1, 1, 1, 1, 1, 2, 17),
})
const timeItems: fc.Arbitrary<Item> = times.map((text) => ({ kind: 'time', text }))
const otherItems: fc.Arbitrary<Item> = fc
  .oneof(
    fc.string({ maxLength: 80 }),
    fc.constantFrom(
      '',
      '=',
      't',
      'v1',
      'v1=',
      `v1=${'0'.repeat(64)}`,
      `v0=${'0'.repeat(64)}`,
      'v1=\xe9',
    ),
  )
  .map((text) => ({ kind: 'text', text }))

const items = fc.oneof(
  { weight: 8, arbitrary: fc.tuple(timeItems, signatures) },
  { weight: 3, arbitrary: fc.tuple(timeItems, otherItems, signatures) },
  { weight: 1, arbitrary: fc.tuple(signatures, timeItems) },
  { weight: 1, arbitrary: fc.tuple(timeItems, signatures, timeItems) },
  { weight: 2, arbitrary: fc.array(fc.oneof(timeItems, signatures, otherItems), { maxLength: 6 }) },
)

const inputs = fc
  .tuple(bodies, items, fc.constantFrom(',', ',', ',', ',', ',', ',', ', ', ' ,', ';'))
  .map(([body, list, separator]) => ({ body, header: write(body, list, separator) }))

function manglingNames(): (keyof typeof manglings)[] {
  return ['capitals', 'half', 'longer', 'pair', 'space']
}

/** The header; a signature is over the last time in it, as Stripe's verifier reads it. */
function write(body: string, list: readonly Item[], separator: string): string {
  const time = list.findLast(({ kind }) => kind === 'time')
  const signed = Number.parseInt(time?.kind === 'time' ? time.text : '', 10)
  return list
    .map((item) => {
      if (item.kind === 'time') return `t=${item.text}`
      if (item.kind === 'text') return item.text
      const hex = createHmac('sha256', item.secret).update(`${signed}.${body}`).digest('hex')
      const one = `${item.scheme}=${manglings[item.mangling](hex)}`
      return Array(item.count).fill(one).join(',')
    })
    .join(separator)
}

/** Stripe's own verifier, which Stripe's documentation recommends. */
function acceptsAtStripe(body: string, header: string): boolean {
  return secrets.some((secret) => {
    try {
      const { signature } = Stripe.webhooks
      return (
        signature?.verifyHeader(body, header, secret, 300, undefined, nowSeconds * 1_000) === true
      )
    } catch {
      return false
    }
  })
}

function acceptsHere(body: string, header: string): boolean {
  try {
    verifySignature(Buffer.from(body), header, secrets, nowSeconds * 1_000)
    return true
  } catch (cause) {
    if (cause instanceof RefusedWebhook) return false
    throw cause
  }
}

/** Which of the stricter rules in SECURITY.md applies to a header that Stripe's verifier accepts. */
function stricterRule(body: string, header: string): string | undefined {
  const items = header.split(',')
  const [time = '', ...otherTimes] = items.flatMap((item) => /^t(?:=(.*)|$)/.exec(item)?.[1] ?? [])
  const isSignature = (item: string) => /^v1(=|$)/.test(item)
  const isHex = (item: string) => /^v1=[0-9a-f]{64}$/.test(item)
  const inHex = items.filter((item) => !isSignature(item) || isHex(item))
  if (!/^[ -~]*$/.test(header)) return 'a character that is no printable ASCII'
  if (otherTimes.length > 0 || items.includes('t')) return 'several times'
  if (!/^[1-9]\d{0,11}$/.test(time)) return 'a time that is no plain number'
  if (Number(time) - nowSeconds > 300) return 'a time ahead'
  if (!acceptsAtStripe(body, inHex.join(','))) return 'a signature that is no plain hex'
  return items.filter(isHex).length > 16 ? 'more than 16 signatures' : undefined
}

function check({ body, header }: { readonly body: string; readonly header: string }): string {
  const [here, atStripe] = [acceptsHere(body, header), acceptsAtStripe(body, header)]
  if (here === atStripe) return here ? 'accepted' : 'refused'
  if (here) throw new Error(`accepted, but refused by Stripe's verifier: ${header}`)
  const rule = stricterRule(body, header)
  if (rule === undefined) throw new Error(`refused, but accepted by Stripe's verifier: ${header}`)
  return `stricter: ${rule}`
}

export const signatureTarget: FuzzTarget = {
  name: 'signatures',
  sizes: { full: 1_000_000, small: 4_000 },
  memoryGrowthBytesMax: 10 * 1024 * 1024,
  open: async () => inProcess(inputs, check),
}
