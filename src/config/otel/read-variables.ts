type Given = Readonly<Record<string, string>>

/** Longer timers than this fire at once: Node's timers hold 32 bits. */
const millisecondsMax = 2 ** 31 - 1

/** Reads `OTEL_*` variables as the specification wants: a value that is not understood is reported and ignored. */
export interface VariableReader {
  /** The value; undefined if it is not set. */
  text(name: string): string | undefined
  /** One of `known`, in any capitals; for another value `instead` is reported and undefined is returned. */
  choice<const Known extends string>(
    name: string,
    known: readonly Known[],
    instead: string,
  ): Known | undefined
  /** The known ones of a comma-separated list; undefined if there is none. */
  list<const Known extends string>(
    name: string,
    known: readonly Known[],
    instead: string,
  ): readonly Known[] | undefined
  /** A whole number from `min` to `max`, which is by default what a timer in milliseconds holds. */
  integer(name: string, fallback: number, min: number, max?: number): number
  /** What the values that are set here lead to, in a sentence that does not quote them. */
  warn(sentence: string): void
}

export interface VariableReading {
  readonly reader: VariableReader
  /** Every name that was read, set or not. */
  readonly names: ReadonlySet<string>
  readonly warnings: ReadonlySet<string>
}

/** Starts reading from `given`, in which no value is empty. */
export function readVariables(given: Given): VariableReading {
  const names = new Set<string>()
  const warnings = new Set<string>()

  const text = (name: string): string | undefined => {
    names.add(name)
    return given[name]
  }
  const list = <Known extends string>(name: string, known: readonly Known[], instead: string) => {
    const items = (text(name) ?? '').toLowerCase().split(',')
    const asked = items.map((item) => item.trim()).filter((item) => item !== '')
    const understood = known.filter((one) => asked.includes(one))
    if (asked.some((item) => !known.some((one) => one === item)))
      warnings.add(`${name}: only ${known.join(', ')} can be chosen here: ${instead}`)
    return understood.length === 0 ? undefined : understood
  }

  const reader: VariableReader = {
    text,
    list,
    choice: (name, known, instead) => {
      const value = text(name)?.toLowerCase()
      const chosen = known.find((one) => one === value)
      if (value !== undefined && chosen === undefined)
        warnings.add(`${name}: only ${known.join(', ')} can be chosen here: ${instead}`)
      return chosen
    },
    integer: (name, fallback, min, max = millisecondsMax) => {
      const value = text(name)
      if (value === undefined) return fallback
      const number = /^\d{1,10}$/.test(value) ? Number(value) : Number.NaN
      if (number >= min && number <= max) return number
      warnings.add(`${name}: give a whole number from ${min} to ${max}: ${fallback} is used`)
      return fallback
    },
    warn: (sentence) => {
      warnings.add(sentence)
    },
  }
  return { reader, names, warnings }
}
