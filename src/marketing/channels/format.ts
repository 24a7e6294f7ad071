/** How a channel's service shows a text: as it is, or read as the service's own markup. */
export type Format = 'plain' | 'markup'

/** What an address may end in. */
export const markupHash = '#format=markup'

/** The format that an address's fragment names; undefined for any other fragment. */
export function readFormat(hash: string): Format | undefined {
  if (hash === '') return 'plain'
  return hash === markupHash ? 'markup' : undefined
}

/**
 * Escapes Slack's three control characters, so that a text mentions nobody.
 * See https://docs.slack.dev/messaging/formatting-message-text#escaping.
 */
export function escapeSlack(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

const url = /(https?:\/\/\S+)/
const inline = /[\\*_~`|<[\]]/g
const lineStart = /^(\s*)([>#+-]|\d+(?=\.))/gm

/** Escapes Discord's Markdown, but not within URLs, where Discord reads none and would show the backslashes. */
export function escapeDiscord(text: string): string {
  return text
    .split(url)
    .map((part, at) => (at % 2 === 1 ? part : part.replaceAll(inline, '\\$&')))
    .join('')
    .replaceAll(lineStart, (_, space: string, mark: string) =>
      /\d/.test(mark) ? `${space}${mark}\\` : `${space}\\${mark}`,
    )
}

/** Unicode code points, which Discord counts: https://github.com/discord/discord-api-docs/issues/1315 */
export function countCodePoints(text: string): number {
  let count = 0
  for (const _ of text) count += 1
  return count
}

/** UTF-16 code units, which Telegram counts: https://core.telegram.org/api/entities#entity-length */
export function countCodeUnits(text: string): number {
  return text.length
}

/**
 * UTF-16 code units of what is left of Telegram's HTML once its tags and entities are parsed, which is what
 * counts: https://core.telegram.org/bots/api#sendmessage, https://core.telegram.org/bots/api#html-style.
 */
export function countTelegramHtml(text: string): number {
  return text
    .replaceAll(/<\/?[a-z][^>]*>/gi, '')
    .replaceAll(/&(?:#(\d{1,7}|x[\da-f]{1,6})|lt|gt|amp|quot);/gi, (_, code?: string) =>
      code === undefined ? '&' : toCharacter(Number(code.replace(/^x/i, '0x'))),
    ).length
}

function toCharacter(codePoint: number): string {
  return codePoint > 0x10ffff ? '' : String.fromCodePoint(codePoint)
}
