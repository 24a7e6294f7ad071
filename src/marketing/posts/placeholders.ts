import { AppError } from '../../errors.ts'

/** A text in parts: literal text, and placeholders that are filled in when it is posted. */
export type TextPart =
  | { readonly kind: 'words'; readonly words: string }
  | { readonly kind: 'date' }
  | { readonly kind: 'price'; readonly plan: string }

/** The values of `{date}` and `{price:<plan>}`. */
export interface Fillings {
  /** The date in the campaign's time zone: 2026-11-27. */
  readonly date: string
  readonly prices: ReadonlyMap<string, string>
}

const tokens = /\{\{|\}\}|\{([^{}]*)\}|[{}]/g

/**
 * Reads a text; `{{` and `}}` are braces. Pure. Throws `invalid_request` with the known
 * placeholders for any other: `plans` are those with a price, or undefined for any.
 */
export function readText(text: string, plans?: readonly string[]): readonly TextPart[] {
  const parts: TextPart[] = []
  let end = 0
  for (const match of text.matchAll(tokens)) {
    parts.push({ kind: 'words', words: text.slice(end, match.index) }, toPart(match, plans))
    end = match.index + match[0].length
  }
  parts.push({ kind: 'words', words: text.slice(end) })
  return parts.filter((part) => part.kind !== 'words' || part.words !== '')
}

/** The plans whose prices the text needs, without duplicates. */
export function plansIn(parts: readonly TextPart[]): readonly string[] {
  return [...new Set(parts.flatMap((part) => (part.kind === 'price' ? [part.plan] : [])))]
}

/** The text with its placeholders filled in. Throws `plan_unavailable` for a missing price. */
export function fillText(parts: readonly TextPart[], { date, prices }: Fillings): string {
  return parts
    .map((part) => {
      if (part.kind === 'words') return part.words
      if (part.kind === 'date') return date
      const price = prices.get(part.plan)
      if (price !== undefined) return price
      throw new AppError(
        'plan_unavailable',
        `the plan ${part.plan} has no price that a text can name`,
      )
    })
    .join('')
}

/** The shortest text that the parts can become, for an early check of its length. */
export function shortestText(parts: readonly TextPart[]): string {
  const prices = new Map(plansIn(parts).map((plan) => [plan, '$0']))
  return fillText(parts, { date: '2026-11-27', prices })
}

function toPart([token, name]: RegExpExecArray, plans?: readonly string[]): TextPart {
  if (token === '{{' || token === '}}') return { kind: 'words', words: token.slice(1) }
  if (name === 'date') return { kind: 'date' }
  const [, plan] = name?.match(/^price:(.+)$/) ?? []
  if (plan !== undefined && (plans === undefined || plans.includes(plan)))
    return { kind: 'price', plan }
  const known = ['{date}', ...(plans ?? ['<plan>']).map((one) => `{price:${one}}`)].join(', ')
  throw new AppError(
    'invalid_request',
    `"${token}" is no placeholder: use ${known}, or {{ and }} for braces`,
  )
}
