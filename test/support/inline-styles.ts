import { createHash } from 'node:crypto'

/** The source expressions that a policy needs for the inline styles of a page. */
export function inlineStyleHashes(page: string): readonly string[] {
  const texts = [...page.matchAll(/<style>([\s\S]*?)<\/style>/g)].map(([, text = '']) => text)
  return texts.map((text) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`)
}
