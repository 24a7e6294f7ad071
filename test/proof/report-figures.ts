import { writeFileSync } from 'node:fs'

/** Figures of a suite, as JSON holds them. */
export type Figures = Readonly<Record<string, unknown>>

/**
 * Hands a suite's figures to `npm run proof`, which names a file for them. Does nothing without it. A program that ran
 * several parts at once writes a file for each, with the part added to its name.
 */
export function reportFigures(figures: Figures, part = ''): void {
  const file = process.env.PROOF_FIGURES_FILE
  if (file !== undefined)
    writeFileSync(`${file}${encodeURIComponent(part)}`, JSON.stringify(figures))
}
