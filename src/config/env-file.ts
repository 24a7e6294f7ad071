import { existsSync, readFileSync } from 'node:fs'
import { parseEnv } from 'node:util'

export interface EnvFile {
  readonly values: Readonly<Record<string, string>>
  /** One sentence for each line that is neither a setting nor a comment; never its text, which may be a secret. */
  readonly warnings: readonly string[]
}

/** Reads the `.env` file of the working directory, if there is one. */
export function readEnvFile(path = '.env'): EnvFile {
  return existsSync(path) ? parseEnvFile(readFileSync(path, 'utf8')) : { values: {}, warnings: [] }
}

/**
 * Parses a `.env` file as Node does, but for `#` within a value without quotes: it begins a comment only after a space,
 * so that a URL keeps its fragment. A byte order mark and Windows line ends are ignored. Pure.
 */
export function parseEnvFile(text: string): EnvFile {
  const warnings: string[] = []
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/)
  let openQuote: string | undefined
  const kept = lines.map((line, at) => {
    if (openQuote !== undefined) {
      if (line.includes(openQuote)) openQuote = undefined
      return line
    }
    const trimmed = line.trim()
    if (trimmed === '' || trimmed.startsWith('#')) return ''
    const [, name, value] = assignment.exec(trimmed) ?? []
    if (name === undefined || value === undefined) {
      warnings.push(`.env, line ${at + 1}: this is not NAME=value and is ignored`)
      return ''
    }
    const [quote] = /^["'`]/.exec(value) ?? []
    if (quote === undefined) return `${name}=${quoteHash(value)}`
    if (!value.slice(1).includes(quote)) openQuote = quote
    return `${name}=${value}`
  })
  return { values: defined(parseEnv(kept.join('\n'))), warnings }
}

const assignment = /^(?:export\s+)?([\w.-]+)\s*=\s*(.*)$/s

/** Puts a value in quotes if it has a `#` that belongs to it. */
function quoteHash(value: string): string {
  const [own = ''] = value.split(/\s#/)
  if (!own.includes('#') || own.startsWith('#')) return value
  const quote = ["'", '`', '"'].find((one) => !own.includes(one)) ?? ''
  return `${quote}${own.trimEnd()}${quote}`
}

function defined(values: NodeJS.Dict<string>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  )
}
