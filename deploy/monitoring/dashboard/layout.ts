import type { Row } from './panel.ts'
import { toGrafana } from './to-grafana.ts'

const columns = 24

/** Places rows below each other and the panels of a row from left to right, wrapping at 24 columns. */
export function lay(rows: readonly Row[]): readonly object[] {
  const laid: object[] = []
  let y = 0
  for (const row of rows) {
    const gridPos = { x: 0, y, w: columns, h: 1 }
    laid.push({
      id: laid.length + 1,
      type: 'row',
      title: row.title,
      collapsed: false,
      gridPos,
      panels: [],
    })
    y += 1
    let x = 0
    let height = 0
    for (const panel of row.panels) {
      if (x + panel.width > columns) {
        y += height
        x = 0
        height = 0
      }
      laid.push(toGrafana(panel, laid.length + 1, { x, y }))
      x += panel.width
      height = Math.max(height, panel.height)
    }
    y += height
  }
  return laid
}
