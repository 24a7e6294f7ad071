/** A mutant of Stryker's that no test can or need notice. */
export interface ExplainedSurvivor {
  readonly file: string
  /** The whole source line, trimmed. */
  readonly line: string
  /** What Stryker put in. */
  readonly replacement: string
  readonly reason: string
}

const isSame = 'it does the same'
const counterIsKnown =
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a line of source
  'if (instrument === undefined) throw new TypeError(`the contract has no counter ${name}`)'

const lastPruned =
  "eb(refTuple('not_before', 'id'), '>', tuple(last?.not_before ?? 0, last?.id ?? '')),"
const lastListed =
  "eb(refTuple('scheduled_at', 'id'), '<', tuple(after?.scheduled_at ?? 0, after?.id ?? '')),"
const manualPosts = "const manual = posts.filter(({ slot_key }) => sourceOf(slot_key) === 'manual')"

/** `test/tidy/mutants.test.ts` fails when a line is no longer in its file. */
export const explainedSurvivors: readonly ExplainedSurvivor[] = [
  {
    file: 'src/ledger/fact-key.ts',
    line: 'default:',
    replacement: 'default:',
    reason: `${isSame}: a function that ends without a return returns undefined`,
  },
  {
    file: 'src/ledger/fact-key.ts',
    line: 'const [, form, id] = pattern.exec(key) ?? []',
    replacement: '["Stryker was here"]',
    reason: `${isSame}: form and id are undefined in both`,
  },
  {
    file: 'src/ledger/fact-key.ts',
    line: 'if (id === undefined) return undefined',
    replacement: 'false',
    reason: `${isSame}: form is undefined with it, and no case matches; the compiler needs the line`,
  },
  {
    file: 'src/http/api-key.ts',
    line: 'const [, key] = header?.match(/^Bearer +(\\S+)$/i) ?? []',
    replacement: '["Stryker was here"]',
    reason: `${isSame}: the key is undefined in both`,
  },
  {
    file: 'src/stripe/facts/refund-or-release.ts',
    line: 'return captured < charge.amount && refunded === charge.amount - captured',
    replacement: 'true',
    reason: 'it differs only for a refund of 0, which Stripe does not make',
  },
  {
    file: 'src/stripe/facts/refund-or-release.ts',
    line: 'return captured < charge.amount && refunded === charge.amount - captured',
    replacement: 'captured <= charge.amount',
    reason: 'it differs only for a refund of 0, which Stripe does not make',
  },
  {
    file: 'instrumentation/business/apply-totals.ts',
    line: counterIsKnown,
    replacement: 'false',
    reason: 'the type of a name allows no other; the compiler needs the line',
  },
  {
    file: 'instrumentation/business/apply-totals.ts',
    line: counterIsKnown,
    replacement: ';',
    reason: 'the type of a name allows no other; the compiler needs the line',
  },
  {
    file: 'instrumentation/business/apply-totals.ts',
    line: 'if (total <= exposed) return',
    replacement: 'total < exposed',
    reason: `${isSame}: adding 0 changes nothing`,
  },
  {
    file: 'src/marketing/sending/retry-policy.ts',
    line: "(outcome.kind === 'retry' && outcome.mayHaveArrived)",
    replacement: 'true',
    reason: `${isSame}: no other kind has mayHaveArrived; the compiler needs the comparison`,
  },
  {
    file: 'instrumentation/business/apply-totals.ts',
    line: 'const instrument = meter.createCounter(name, { description: counters[name].description })',
    replacement: '{}',
    reason: 'test/instrumentation/export/scrape.test.ts notices it: it compares the HELP lines',
  },
  {
    file: 'src/stripe/facts/payment-intent-failed.ts',
    line: "return latest === undefined || latest === null ? null : { id: latest, namedAs: 'latest' }",
    replacement: 'false',
    reason: `${isSame}: null has become undefined on the line before; the compiler needs the comparison`,
  },
  {
    file: 'src/marketing/posts/placeholders.ts',
    line: 'const [, plan] = name?.match(/^price:(.+)$/) ?? []',
    replacement: '["Stryker was here"]',
    reason: `${isSame}: the plan is undefined in both`,
  },
  {
    file: 'src/marketing/posts/prune.ts',
    line: '.$if(last !== undefined, (query) =>',
    replacement: 'true',
    reason: `${isSame}: every post comes after the instant 0, which then stands in for the last`,
  },
  {
    file: 'src/marketing/posts/prune.ts',
    line: lastPruned,
    replacement: 'last.not_before',
    reason: `${isSame}: there is a last one here; the compiler needs the question mark`,
  },
  {
    file: 'src/marketing/posts/prune.ts',
    line: lastPruned,
    replacement: 'last.id',
    reason: `${isSame}: there is a last one here; the compiler needs the question mark`,
  },
  {
    file: 'src/marketing/posts/prune.ts',
    line: manualPosts,
    replacement: 'posts',
    reason: `${isSame}: the facts of scheduled posts are looked up as well and not used`,
  },
  {
    file: 'src/marketing/posts/prune.ts',
    line: manualPosts,
    replacement: 'true',
    reason: `${isSame}: the facts of scheduled posts are looked up as well and not used`,
  },
  {
    file: 'src/marketing/posts/store.ts',
    line: 'return other.scheduled_at - one.scheduled_at || (one.id < other.id ? 1 : -1)',
    replacement: 'one.id <= other.id',
    reason: `${isSame}: no two posts have the same id`,
  },
  {
    file: 'src/marketing/posts/store.ts',
    line: lastListed,
    replacement: 'after.scheduled_at',
    reason: `${isSame}: there is a last one here; the compiler needs the question mark`,
  },
  {
    file: 'src/marketing/posts/store.ts',
    line: lastListed,
    replacement: 'after.id',
    reason: `${isSame}: there is a last one here; the compiler needs the question mark`,
  },
  {
    file: 'src/marketing/posts/placeholders.ts',
    line: "return parts.filter((part) => part.kind !== 'words' || part.words !== '')",
    replacement: 'false',
    reason: `${isSame}: a part of another kind has no words; the compiler needs the comparison`,
  },
]
