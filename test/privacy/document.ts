import { readFileSync } from 'node:fs'

const file = new URL('../../docs/privacy.md', import.meta.url)

/** The rows of the first table below a heading of docs/privacy.md, without its header, as cells. */
export function readTable(heading: string): readonly (readonly string[])[] {
  const [, section = ''] = readFileSync(file, 'utf8').split(`\n## ${heading}\n`)
  const [table = ''] = section.match(/(?:^\|.*\|\n)+/m) ?? []
  return table
    .trim()
    .split('\n')
    .slice(2)
    .map((row) =>
      row
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim()),
    )
}
