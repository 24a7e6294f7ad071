// npm run check:calendar [zone…]: our calendar beside an independent calculation, at full size.

import { answerHelp } from '../support/script-help.ts'
import { patterns, yearCount, yearFirst, zones } from './calendar-cases.ts'
import { type CalendarFigures, compareZone } from './compare-calendar.ts'

answerHelp('check:calendar')

const chosen = process.argv.length > 2 ? process.argv.slice(2) : zones
function print(line: string): void {
  return void process.stdout.write(`${line}\n`)
}
function describe(figures: CalendarFigures): string {
  return (
    `${figures.instants.toLocaleString('en-US')} instants, ${figures.changes} changes of the clocks, ` +
    `${figures.twice} twice, ${figures.skipped} skipped, ${figures.invented} that should not be`
  )
}

const sum: CalendarFigures = { instants: 0, changes: 0, twice: 0, skipped: 0, invented: 0 }
for (const zone of chosen) {
  const figures = compareZone(zone, patterns, { first: yearFirst, count: yearCount })
  print(`${zone}: ${describe(figures)}`)
  sum.instants += figures.instants
  sum.changes += figures.changes
  sum.twice += figures.twice
  sum.skipped += figures.skipped
  sum.invented += figures.invented
}
print(
  `${chosen.length} zones, ${yearCount} years from ${yearFirst}, ${patterns.length} patterns: ${describe(sum)}`,
)
process.exit(sum.twice + sum.skipped + sum.invented === 0 ? 0 : 1)
