import { writeFileSync } from 'node:fs'

/** Figures of a suite, as JSON holds them. */
export type Figures = Readonly<Record<string, unknown>>

/** Hands a suite's figures to `npm run proof`, which names a file for them. Does nothing without it. */
export function reportFigures(figures: Figures): void {
  const file = process.env.PROOF_FIGURES_FILE
  if (file !== undefined) writeFileSync(file, JSON.stringify(figures))
}
