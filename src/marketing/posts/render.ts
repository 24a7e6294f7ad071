import type { PostRow } from '../../database/schema.ts'
import { AppError } from '../../errors.ts'
import { formatPrice, type PriceAmount } from './format-price.ts'
import { fillText, plansIn, readText } from './placeholders.ts'

/** What a plan costs. Rejects if the price is not available now. */
export type ReadPrice = (plan: string) => Promise<{ readonly price: PriceAmount }>

/** The local date of a time zone at an instant. */
function dateAt(instant: number, timeZone: string): string {
  return new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short' }).format(instant)
}

/**
 * The text of a post as far as it is known when its slot is created; `text` is null if prices have to be
 * read first. The date is the slot's.
 */
export function composePost(message: string, slot: number, timeZone: string) {
  const parts = readText(message)
  const date = dateAt(slot, timeZone)
  if (plansIn(parts).length === 0)
    return { message, text: fillText(parts, { date, prices: new Map() }) }
  return {
    message: message.replaceAll(/\{\{|\{date\}/g, (one) => (one === '{{' ? one : date)),
    text: null,
  }
}

export type Rendering = { readonly text: string } | { readonly problem: string }

/** The text of a post, with current prices if it needs any. Never rejects. */
export async function renderPost(
  post: Pick<PostRow, 'text' | 'message'>,
  readPrice: ReadPrice,
): Promise<Rendering> {
  if (post.text !== null) return { text: post.text }
  try {
    const parts = readText(post.message ?? '')
    const prices = new Map<string, string>()
    for (const plan of plansIn(parts)) {
      const text = formatPrice((await readPrice(plan)).price)
      if (text !== null) prices.set(plan, text)
    }
    return { text: fillText(parts, { date: '', prices }) }
  } catch (cause) {
    const problem = cause instanceof AppError ? cause.message : 'the prices could not be read'
    return { problem }
  }
}
