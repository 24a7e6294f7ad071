import { describe, expect, test } from 'vitest'
import { assess } from './assess.ts'
import { hashSources } from './hash-sources.ts'
import { parts } from './parts.ts'
import { type PartRecord, readResult, resultFile } from './result.ts'
import { sumMutation } from './sum-mutation.ts'

const { parts: records } = readResult(resultFile)

describe('no covered source is newer than the proof, unless a reason was given', () => {
  test.for(parts)('$id', (part, { skip }) => {
    const { state, text } = assess(part, records[part.id], hashSources(part.sources))
    if (state === 'not run' || state === 'accepted') skip(text)
    expect(state, `proof ${part.id}: ${text}`).toBe('current')
  })
})

test('every record belongs to a part', () => {
  const ids = new Set(parts.map(({ id }) => id))
  expect(ids.size).toBe(parts.length)
  expect(Object.keys(records).filter((id) => !ids.has(id))).toEqual([])
})

const part = { id: 'chaos/kill' }
const record: PartRecord = {
  outcome: 'passed',
  commit: 'a'.repeat(40),
  date: '2026-11-26T00:00:00.000Z',
  minutes: 1,
  command: 'node test/chaos/chaos.ts kill',
  machine: { cpus: 2, node: 'v26.0.0', platform: 'linux x64', loadAverage: 0 },
  seed: 1,
  figures: {},
  sources: { 'src/ledger/**': 'one', 'src/app/**': 'two' },
}
const newer = { ...record.sources, 'src/app/**': 'other' }
const accepted = {
  reason: 'only a comment changed',
  date: record.date,
  commit: record.commit,
  sources: newer,
}

test('a part whose sources are as they were is current', () => {
  expect(assess(part, record, { ...record.sources })).toEqual({ state: 'current', text: '' })
})

test('a part that never ran is shown as not run, with the command', () => {
  expect(assess(part, undefined, record.sources)).toEqual({
    state: 'not run',
    text: 'never run: npm run proof -- --only chaos/kill',
  })
})

test.each([
  ['a file changed', { 'src/ledger/**': 'other', 'src/app/**': 'two' }, 'src/ledger/**'],
  ['it covers more now', { ...record.sources, 'src/time/**': 'three' }, 'src/time/**'],
  ['it covers less now', { 'src/ledger/**': 'one' }, 'src/app/**'],
])('a part is stale when %s, and the glob is named', (_why, sources, glob) => {
  const { state, text } = assess(part, record, sources)
  expect(state).toBe('stale')
  expect(text).toContain(`changed since aaaaaaaaa: ${glob}; run npm run proof -- --only chaos/kill`)
})

test('a part that failed stays failed, even if its sources are as they were', () => {
  const { state } = assess(part, { ...record, outcome: 'failed' }, record.sources)
  expect(state).toBe('failed')
})

test('a reason lets a stale part stand, and is shown', () => {
  expect(assess(part, { ...record, accepted }, newer)).toEqual({
    state: 'accepted',
    text: 'changed since aaaaaaaaa: src/app/**; accepted: only a comment changed',
  })
})

test('a reason holds for the sources that it was given for, and no later ones', () => {
  const later = { ...newer, 'src/ledger/**': 'later' }
  expect(assess(part, { ...record, accepted }, later).state).toBe('stale')
})

test('the hash of a glob changes with a name, and a glob without a file is refused', () => {
  const [one, other] = Object.values(
    hashSources(['test/proof/assess.ts', 'test/proof/{assess,part}.ts']),
  )
  expect(one).toMatch(/^[0-9a-f]{64}$/)
  expect(other).not.toBe(one)
  expect(() => hashSources(['test/proof/none.ts'])).toThrow(RangeError)
})

test("Stryker's mutants are added up over the files that were run", () => {
  const file = (killed: number, survived: number): PartRecord => ({
    ...record,
    figures: { killed, survived, explained: 1 },
  })
  const files = { 'mutation/one.ts': file(8, 1), 'mutation/other.ts': file(1, 0), mutants: record }
  const [killed, survived, explained, percent] = [9, 1, 2, 90]
  expect(sumMutation(files)).toEqual({ files: 2, killed, survived, explained, percent })
  expect(sumMutation({}).percent).toBe(0)
})
