import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { pagePalette } from '../../src/http/page-palette.ts'

const consoleStyle = new URL('../../src/console/assets/console.css', import.meta.url)

test('the shop and the return pages have the colours of the operator’s page', () => {
  const colours = pagePalette.split('\n').filter((line) => line.includes('--'))
  const style = readFileSync(consoleStyle, 'utf8')
  expect(colours.length).toBeGreaterThan(9)
  expect(colours.filter((line) => !style.includes(line.trim()))).toEqual([])
})
