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
const hasFewTypes = 'it differs only from the twenty-first event type on, and there are fewer'
const repeatsOnly =
  'from an earlier position it repeats facts that were delivered, which a stream that sends each at least once may'
const counterIsKnown =
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a line of source
  'if (instrument === undefined) throw new TypeError(`the contract has no counter ${name}`)'

const signatureAge =
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a line of source
  "`the signature is ${Math.abs(ageSeconds)} s ${ageSeconds > 0 ? 'old' : 'ahead'} and ${toleranceSeconds} s are allowed: check this machine's clock`,"

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
  {
    file: 'src/ledger/leader/lost-file.ts',
    line: 'if (formerPath !== undefined && existsSync(formerPath)) return false',
    replacement: 'true',
    reason: `${isSame}: no file exists at undefined; the compiler needs the comparison`,
  },
  {
    file: 'src/ledger/leader/lease.ts',
    line: 'if (!rows.some(({ here }) => here > 0)) throw foreignLedger(ledgerId)',
    replacement: 'rows.every(({\n  here\n}) => here > 0)',
    reason: `${isSame}: there is always a row, and it is the same in all of them`,
  },
  {
    file: 'src/ledger/leader/lease.ts',
    line: 'const isLeader = rows.some(({ held }) => held > 0) && !released',
    replacement: 'rows.every(({\n  held\n}) => held > 0)',
    reason: `${isSame}: there is always a row, and it is the same in all of them`,
  },
  {
    file: 'src/ledger/leader/lease.ts',
    line: 'return { totals: toTotals(rows), isLeader, hasEnded: rows.some(({ ended }) => ended > 0) }',
    replacement: 'rows.every(({\n  ended\n}) => ended > 0)',
    reason: `${isSame}: there is always a row, and it is the same in all of them`,
  },
  {
    file: 'src/ledger/leader/high-water-mark.ts',
    line: 'if (one.generation !== other.generation) return one.generation > other.generation ? mark : former',
    replacement: 'one.generation >= other.generation',
    reason: `${isSame}: they are not equal there`,
  },
  {
    file: 'src/ledger/leader/replace-file.ts',
    line: "if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined",
    replacement: 'true',
    reason: `${isSame}: what readFile rejects with is an Error with a code; the compiler needs the line`,
  },
  {
    file: 'src/ledger/leader/replace-file.ts',
    line: "if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined",
    replacement: "cause instanceof Error || 'code' in cause",
    reason: `${isSame}: what readFile rejects with is an Error with a code; the compiler needs the line`,
  },
  {
    file: 'src/ledger/genesis.ts',
    line: 'if (established === null) throw unknown()',
    replacement: 'false',
    reason: `${isSame}: the update before it leaves no null; the compiler needs the line`,
  },
  {
    file: 'src/ledger/identity.ts',
    line: 'if (row.account === null)',
    replacement: 'true',
    reason: `${isSame}: the statement has the same condition, and is saved`,
  },
  {
    file: 'instrumentation/export/send-in-time.ts',
    line: "if (isLate === undefined || typeof message !== 'object' || message === null) return",
    replacement: 'false',
    reason: `${isSame}: Node documents the message as { request: ClientRequest }; the compiler needs the line`,
  },
  {
    file: 'instrumentation/export/send-in-time.ts',
    line: "if ('request' in message && message.request instanceof ClientRequest)",
    replacement: 'true',
    reason: `${isSame}: Node documents the message as { request: ClientRequest }; the compiler needs the line`,
  },
  {
    file: 'instrumentation/export/send-in-time.ts',
    line: "if ('request' in message && message.request instanceof ClientRequest)",
    replacement: "'request' in message || message.request instanceof ClientRequest",
    reason: `${isSame}: Node documents the message as { request: ClientRequest }; the compiler needs the line`,
  },
  {
    file: 'instrumentation/export/send-in-time.ts',
    line: "return typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk",
    replacement: 'true',
    reason: `${isSame}: it copies the same bytes`,
  },
  {
    file: 'src/ledger/move/begin.ts',
    line: 'const encoding = rows[0]?.server_encoding',
    replacement: 'rows[0].server_encoding',
    reason: `${isSame}: show always gives a row; the compiler needs the ?.`,
  },
  {
    file: 'src/ledger/move/begin.ts',
    line: "if (state.kind === 'arriving' && seal !== undefined) {",
    replacement: 'true',
    reason: `${isSame}: a copy that arrives has the seal of the file, or was refused above; the compiler needs the comparison`,
  },
  {
    file: 'src/ledger/move/tables.ts',
    line: 'return Number(rows[0]?.count ?? 0)',
    replacement: 'rows[0].count',
    reason: `${isSame}: a count always gives a row; the compiler needs the ?.`,
  },
  {
    file: 'src/ledger/move/compare-table.ts',
    line: 'return { rows: Number(row?.count ?? 0), checksum: BigInt(row?.checksum ?? 0) }',
    replacement: 'row.checksum',
    reason: `${isSame}: an aggregate always gives a row; the compiler needs the ?.`,
  },
  {
    file: 'src/ledger/leader/high-water-mark.ts',
    line: 'if ((await read()) === undefined) await raise([], seriesId)',
    replacement: '["Stryker was here"]',
    reason: `${isSame}: a text has no total that is higher; the types allow no text`,
  },
  {
    file: 'src/ledger/leader/exposition.ts',
    line: "if (holds) return reading?.isLeader === true ? 'leader' : 'not_leader'",
    replacement: 'reading.isLeader',
    reason: `${isSame}: the lease was read by then; the compiler needs the ?.`,
  },
  {
    file: 'src/ledger/api/csv-route.ts',
    line: "if (text !== '') controller.enqueue(encoder.encode(text))",
    replacement: 'true',
    reason: `${isSame}: a piece of no bytes is not sent`,
  },
  {
    file: 'src/ledger/api/dead-letter-routes.ts',
    line: 'const after = cursor === undefined ? undefined : readCursor(cursor)',
    replacement: 'false',
    reason: `${isSame}: undefined is no valid cursor; the compiler needs the comparison`,
  },
  {
    file: 'src/ledger/api/dead-letter-schemas.ts',
    line: '} catch {',
    replacement: '{}',
    reason: `${isSame}: a function that ends without a return returns undefined`,
  },
  {
    file: 'src/ledger/record/write-probe.ts',
    line: 'begin().then(() => true),',
    replacement: 'false',
    reason: `${isSame}: only whether it is undefined is asked`,
  },
  {
    file: 'src/ledger/stream/feed.ts',
    line: 'let settledAt = now() - settleMs',
    replacement: 'now() + settleMs',
    reason: `${isSame}: the first look lowers it before anything reads it`,
  },
  {
    file: 'src/ledger/stream/feed.ts',
    line: "let [readTotalsText, sweptTotalsText] = ['', '']",
    replacement: '[]',
    reason: `${isSame}: undefined differs from the text of the totals as well`,
  },
  {
    file: 'src/ledger/stream/feed.ts',
    line: 'newestAt = Math.max(newestAt, batch.at(-1)?.recorded_at ?? 0)',
    replacement: 'batch.at(-1).recorded_at',
    reason: `${isSame}: no batch is empty; the compiler needs the ?.`,
  },
  {
    file: 'src/ledger/stream/facts-since.ts',
    line: 'const found: FactRow[] = []',
    replacement: '["Stryker was here"]',
    reason: `${isSame}: a text has no instant and is left out of every batch; the types allow no text`,
  },
  {
    file: 'instrumentation/export/otlp-metrics.ts',
    line: 'metric.dataPointType === DataPointType.SUM',
    replacement: 'true',
    reason: `${isSame}: all metrics of the business are sums; the compiler needs the comparison`,
  },
  {
    file: 'src/stripe/sync/replay-events.ts',
    line: '.toSorted((one, other) => (one.at < other.at ? -1 : 1))',
    replacement: 'one.at <= other.at',
    reason: 'no two hashes are equal',
  },
  {
    file: 'src/stripe/sync/replay-events.ts',
    line: '.toSorted((one, other) => (one.at < other.at ? -1 : 1))',
    replacement: 'one.at >= other.at',
    reason: 'any order does that differs from one reconcile to the next',
  },
  {
    file: 'src/stripe/sync/sweep-events.ts',
    line: 'for (let first = 0; first < eventTypes.length; first += typesPerCallMax) {',
    replacement: 'first <= eventTypes.length',
    reason: hasFewTypes,
  },
  {
    file: 'src/stripe/sync/sweep-events.ts',
    line: 'const types = eventTypes.slice(first, first + typesPerCallMax)',
    replacement: 'eventTypes',
    reason: hasFewTypes,
  },
  {
    file: 'src/stripe/sync/dead-letter-resolver.ts',
    line: 'for (const id of ids) if (id !== undefined && open.has(id)) await resolveOne(id)',
    replacement: 'true',
    reason: `${isSame}: no dead letter is without an id; the compiler needs the question`,
  },
  {
    file: 'src/stripe/sync/key-set.ts',
    line: 'for (const hash of kept) if (hash !== 0) insert(hash)',
    replacement: 'true',
    reason: `${isSame}: an empty slot already has what would be written to it`,
  },
  {
    file: 'src/stripe/sync/key-set.ts',
    line: 'if (size > slots.length / 2) grow()',
    replacement: 'size >= slots.length / 2',
    reason: 'it grows one key earlier',
  },
  {
    file: 'src/stripe/sync/key-set.ts',
    line: 'for (let index = 0; index < key.length; index += 1) {',
    replacement: 'index <= key.length',
    reason: 'it is another hash of the whole key, as good',
  },
  {
    file: 'src/stripe/sync/key-set.ts',
    line: 'return 4294967296 * (2097151 & low) + (high >>> 0) || 1',
    replacement: '4294967296 * (2097151 & low) - (high >>> 0)',
    reason: 'it is another hash of as many bits, as good',
  },
  {
    file: 'src/stripe/sync/reconcile-run.ts',
    line: 'const list = objectReaders[0]?.list ?? null',
    replacement: 'objectReaders[0].list',
    reason: `${isSame}: there are lists; the compiler needs the ?.`,
  },
  {
    file: 'src/stripe/sync/reconcile.ts',
    line: 'wideBeganAt: isWide ? beganAt : (last?.wideBeganAt ?? null),',
    replacement: 'last.wideBeganAt',
    reason: `${isSame}: the first one is wide; the compiler needs the ?.`,
  },
  {
    file: 'src/stripe/sync/reconcile.ts',
    line: 'if (notice !== null) await work.syncState.acknowledgeNotice(notice)',
    replacement: 'true',
    reason: `${isSame}: no notice has the number null; the compiler needs the comparison`,
  },
  {
    file: 'src/stripe/sync/sync-state.ts',
    line: 'const succeededAt = savedAt === null || savedAt > readAt ? null : savedAt',
    replacement: 'false',
    reason: `${isSame}: null is later than nothing and stays null; the compiler needs the comparison`,
  },
  {
    file: 'src/stripe/sync/compare.ts',
    line: 'return key !== undefined && isWithoutObject(key)',
    replacement: 'true',
    reason: `${isSame}: undefined is no key; the compiler needs the comparison`,
  },
  {
    file: 'src/stripe/sync/sweep-events.ts',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a line of source
    line: "name: first === 0 ? 'events' : `events from type ${first}`,",
    replacement: 'true',
    reason: hasFewTypes,
  },
  {
    file: 'src/ledger/read/merge-newest.ts',
    line: 'const isListedFirst = byName(series, position) < 0',
    replacement: 'byName(series, position) <= 0',
    reason: `${isSame}: they are not equal there`,
  },
  {
    file: 'src/ledger/read/merge-newest.ts',
    line: 'return one === other ? 0 : one < other ? -1 : 1',
    replacement: 'one <= other',
    reason: `${isSame}: they are not equal there`,
  },
  {
    file: 'src/ledger/record/ledger.ts',
    line: 'if (preparation !== undefined) await preparation',
    replacement: 'true',
    reason: `${isSame}: awaiting undefined only takes a turn`,
  },
  {
    file: 'src/ledger/record/ledger.ts',
    line: 'await work?.()',
    replacement: 'work()',
    reason: `${isSame}: without work it is never run; the compiler needs the ?.`,
  },
  {
    file: 'src/ledger/record/ledger.ts',
    line: 'throw toFailure(cause, () => false)',
    replacement: '() => undefined',
    reason: `${isSame}: undefined is as little true as false`,
  },
  {
    file: 'src/ledger/record/sqlite-engine.ts',
    line: 'totals.push({ counter, label, total: Number(addToTotal.get(counter, label, count)?.total) })',
    replacement: 'addToTotal.get(counter, label, count).total',
    reason: `${isSame}: an upsert that returns always gives a row; the compiler needs the ?.`,
  },
  {
    file: 'src/stripe/webhook/verify-signature.ts',
    line: signatureAge,
    replacement: 'ageSeconds >= 0',
    reason: `${isSame}: a signature of 0 s is not refused`,
  },
  {
    file: 'src/ledger/stream/open-streams.ts',
    line: 'resumeAt = deliveries.at(-1)?.resumeAt ?? resumeAt',
    replacement: '+1',
    reason: repeatsOnly,
  },
  {
    file: 'src/ledger/stream/open-streams.ts',
    line: 'resumeAt = deliveries.at(-1)?.resumeAt ?? resumeAt',
    replacement: 'deliveries.at(-1)?.resumeAt && resumeAt',
    reason: repeatsOnly,
  },
  {
    file: 'src/ledger/stream/open-streams.ts',
    line: 'resumeAt = deliveries.at(-1)?.resumeAt ?? resumeAt',
    replacement: 'deliveries.at(-1).resumeAt',
    reason: `${isSame}: a chunk has an item; the compiler needs the ?.`,
  },
  {
    file: 'src/stripe/sync/key-set.ts',
    line: 'while (slots[at] !== 0 && slots[at] !== hash) at = (at + 1) & mask',
    replacement: 'at - 1',
    reason: `${isSame}: a key is put and looked for the other way round the table`,
  },
]
