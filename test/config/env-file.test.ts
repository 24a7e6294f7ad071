import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parseEnvFile } from '../../src/config/env-file.ts'

test.each([
  ['A=b', 'b'],
  ['A = b ', 'b'],
  ['export A=b', 'b'],
  ['A="b # c"', 'b # c'],
  ["A='b\"c'", 'b"c'],
  ['A=b # a comment', 'b'],
  [
    'A=https://news.example.com/hook?a=1#whsec_abc=',
    'https://news.example.com/hook?a=1#whsec_abc=',
  ],
  ['A=https://x.example/#a # a comment', 'https://x.example/#a'],
  ["A=it's#1", "it's#1"],
  ['A=', ''],
  ['A=b=c', 'b=c'],
  ['\uFEFFA=b', 'b'],
  ['A=b\r\nB=c\r\n', 'b'],
  ['A="two\nlines # and more"\nB=c', 'two\nlines # and more'],
])('%j gives %j', (text, value) => {
  expect(parseEnvFile(text)).toMatchObject({ values: { A: value }, warnings: [] })
})

test('a line that is no setting is named by its number and never by its text', () => {
  const { values, warnings } = parseEnvFile('# a comment\n\nsk_live_canary\nA=b\nwhsec_canary: 1')
  expect(values).toEqual({ A: 'b' })
  expect(warnings).toEqual([
    '.env, line 3: this is not NAME=value and is ignored',
    '.env, line 5: this is not NAME=value and is ignored',
  ])
})

const lines = readFileSync(new URL('../../.env.example', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => /^#?[A-Z_]+=/.test(line))

test('.env.example has the settings', () => expect(lines.length).toBeGreaterThan(20))

test.each(lines)('%s in .env.example is read as it is written when it is uncommented', (line) => {
  const text = line.replace(/^#/, '')
  const at = text.indexOf('=')
  expect(parseEnvFile(text)).toEqual({
    values: { [text.slice(0, at)]: text.slice(at + 1).replace(/^(["'])(.*)\1$/, '$2') },
    warnings: [],
  })
})
