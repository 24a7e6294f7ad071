import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import pixelmatch from 'pixelmatch'
import { PNG } from 'pngjs'

const references = new URL('reference/', import.meta.url).pathname

/** Whether pictures are taken anew instead of compared: `npm run pictures`, which sets Vitest's mode. */
export const isTaking = process.env.MODE === 'pictures'

const shareMax = 0.01
const fontsFile = join(references, 'fonts.txt')

/** What is wrong with a picture beside the committed one; undefined if at most 1 % of the pixels differ. */
export function differenceFrom(name: string, taken: Buffer): string | undefined {
  const file = join(references, `${name}.png`)
  if (isTaking) writeFileSync(file, taken)
  if (!existsSync(file)) return `${name}: there is no committed picture, run npm run pictures`
  const [one, other] = [PNG.sync.read(taken), PNG.sync.read(readFileSync(file))]
  const { width, height } = one
  if (other.width !== width || other.height !== height)
    return `${name}: ${width} x ${height} instead of ${other.width} x ${other.height}`
  const difference = new PNG({ width, height })
  const count = pixelmatch(one.data, other.data, difference.data, width, height)
  const share = count / (width * height)
  if (share <= shareMax) return undefined
  const seen = join('/tmp', `picture-${name}.png`)
  writeFileSync(seen, taken)
  return `${name}: ${(100 * share).toFixed(2)} % of the pixels differ, see ${seen}`
}

/** Why pictures of this machine cannot be compared; undefined if it has the fonts of the committed ones. */
export function fontsProblem(): string | undefined {
  const here = fontsHere()
  if (isTaking) writeFileSync(fontsFile, here)
  const committed = readFileSync(fontsFile, 'utf8')
  if (here === committed) return undefined
  return `the committed pictures have other fonts (${committed.trim()}) than this machine (${here.trim()}): run npm run pictures on the base commit first`
}

function fontsHere(): string {
  return ['system-ui', 'monospace']
    .map((family) => {
      const { error, stdout } = spawnSync('fc-match', [family], { encoding: 'utf8' })
      return `${family}: ${error === undefined ? stdout : 'fc-match is not here\n'}`
    })
    .join('')
}
