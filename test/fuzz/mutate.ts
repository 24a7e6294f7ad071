import fc from 'fast-check'

/** A text with up to four characters changed, added or taken away, the new ones mostly from `alphabet`. */
export function mutated(texts: fc.Arbitrary<string>, alphabet: string): fc.Arbitrary<string> {
  const character = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...alphabet) },
    { weight: 1, arbitrary: fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }) },
  )
  const edit = fc.record({
    place: fc.nat({ max: 1_000 }),
    removed: fc.nat({ max: 2 }),
    added: fc.oneof(
      fc.constant(''),
      character,
      fc.tuple(character, fc.nat({ max: 40 })).map(([one, count]) => one.repeat(count)),
    ),
  })
  return fc.tuple(texts, fc.array(edit, { minLength: 1, maxLength: 4 })).map(([text, edits]) =>
    edits.reduce((changed, { place, removed, added }) => {
      const at = place % (changed.length + 1)
      return changed.slice(0, at) + added + changed.slice(at + removed)
    }, text),
  )
}
