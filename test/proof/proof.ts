import { parseArgs } from 'node:util'
import { answerHelp } from '../support/script-help.ts'
import { type Assessment, assess } from './assess.ts'
import { hashSources } from './hash-sources.ts'
import type { Part } from './part.ts'
import { parts } from './parts.ts'
import { mergeRecords, type PartRecord, readResult, resultFile } from './result.ts'
import { currentCommit, runPart } from './run-part.ts'
import { killedPercentMin, sumMutation } from './sum-mutation.ts'

answerHelp('proof')

/**
 * `npm run proof -- [--only <part>]… [--behind] [--seed N]`: runs the long suites one after the other and writes what
 * came of each to `test/proof/result.json` as soon as it ended, so that several sessions can share the work.
 * `--behind`: only those that are not current. `--list`: what is known of each. `--check`: the same, and ends with 1
 * unless every part is current and 90 % of Stryker's mutants were killed. `--accept-stale "<reason>"`: lets those that
 * are stale or failed stand until their sources change again. `--tenth --to <file>`: tries the commands at a tenth,
 * without a record.
 */
const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true, default: [] },
    behind: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
    check: { type: 'boolean', default: false },
    'accept-stale': { type: 'string' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    tenth: { type: 'boolean', default: false },
    to: { type: 'string' },
  },
})

const seed = Number(values.seed)
const reason = values['accept-stale']
const chosen = choose()
if (values.list || values.check) list()
else if (reason !== undefined) accept(reason)
else await runAll()

function choose(): readonly Part[] {
  const isMeant = ({ id }: Part, name: string) => id === name || id.startsWith(`${name}/`)
  const unknown = values.only.filter((name) => !parts.some((part) => isMeant(part, name)))
  const known = [...new Set(parts.map(({ id }) => id.split('/')[0]))].join(', ')
  if (unknown.length > 0) refuse(`there is no part ${unknown.join(', ')}, only ${known} and theirs`)
  if (values.tenth !== (values.to !== undefined))
    refuse('--tenth proves nothing: it needs --to <file>, which nothing else takes')
  if (!Number.isSafeInteger(seed) || seed < 1) refuse(`--seed=${values.seed} is no whole number`)
  const named = parts.filter(
    (part) => values.only.length === 0 || values.only.some((name) => isMeant(part, name)),
  )
  if (!values.behind) return named
  const { parts: records } = readResult(resultFile)
  return named.filter((part) => assessmentOf(part, records).state !== 'current')
}

function refuse(why: string): never {
  print(`proof: ${why}`)
  process.exit(2)
}

function assessmentOf(part: Part, records: Readonly<Record<string, PartRecord>>): Assessment {
  return assess(part, records[part.id], hashSources(part.sources))
}

function list(): void {
  const { parts: records } = readResult(resultFile)
  const counts = new Map<string, number>()
  for (const part of chosen) {
    const { state, text } = assessmentOf(part, records)
    counts.set(state, (counts.get(state) ?? 0) + 1)
    print(`proof ${part.id}: ${state}${text === '' ? '' : ` (${text})`}`)
  }
  print(`proof: ${[...counts].map(([state, count]) => `${count} ${state}`).join(', ')}`)
  const { files, killed, survived, explained, percent } = sumMutation(records)
  print(
    `proof: Stryker's mutants of ${files} files: ${killed} killed, ${survived} survived, ${explained} explained, ${percent} % (at least ${killedPercentMin} are asked for)`,
  )
  const isCurrent = (counts.get('current') ?? 0) === chosen.length
  if (values.check && !(isCurrent && percent >= killedPercentMin)) process.exitCode = 1
}

function accept(text: string): void {
  if (text.length < 10) refuse('a reason has at least ten characters')
  const { parts: records } = readResult(resultFile)
  const given = { reason: text, date: new Date().toISOString(), commit: currentCommit() }
  const changed = chosen.flatMap(({ id, sources: globs }) => {
    const record = records[id]
    const sources = hashSources(globs)
    const isBehind = ['stale', 'failed'].includes(assess({ id }, record, sources).state)
    if (record === undefined || !isBehind) return []
    return [[id, { ...record, accepted: { ...given, sources } }] as const]
  })
  mergeRecords(resultFile, Object.fromEntries(changed))
  for (const [id] of changed) print(`proof ${id}: accepted until its sources change or it runs`)
  print(`proof: ${changed.length} accepted; commit test/proof/result.json`)
}

async function runAll(): Promise<void> {
  const minutes = chosen.reduce((sum, part) => sum + part.minutes, 0)
  print(`proof: ${chosen.length} parts, about ${minutes} minutes at full size, seed ${seed}`)
  const bad: string[] = []
  for (const part of chosen) {
    print(`\n=== proof ${part.id}: about ${part.minutes} minutes at full size`)
    try {
      const record = await runPart(part, { seed, isTenth: values.tenth })
      mergeRecords(values.to ?? resultFile, { [part.id]: record })
      print(`proof ${part.id}: ${record.outcome} in ${record.minutes} minutes`)
      if (record.outcome === 'failed') bad.push(part.id)
    } catch (cause) {
      print(`proof ${part.id}: not recorded, ${cause instanceof Error ? cause.message : cause}`)
      bad.push(part.id)
    }
  }
  print(`proof: ${chosen.length - bad.length} passed; ${bad.length} did not: ${bad.join(', ')}`)
  process.exitCode = bad.length === 0 ? 0 : 1
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}
