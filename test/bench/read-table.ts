/** The rows of a table as `console.table` prints it, without the index. */
export function readTable(shown: string): readonly (readonly string[])[] {
  return shown.split('\n').flatMap((line) => {
    const cells = line.split('│').map((cell) => cell.trim())
    return /^\d+$/.test(cells[1] ?? '') ? [cells.slice(2, -1)] : []
  })
}
