/** A function of a source file that the formatter has laid out. */
export interface MeasuredFunction {
  readonly name: string
  readonly lineCount: number
  /** Each parameter as it is written, with its type. */
  readonly parameters: readonly string[]
}

const opening =
  /^(\s*)(?:export )?(?:(?:async )?function\*? (\w+)|(?:const |readonly )?(\w+)(?::|\s=) (?:async )?(?=(?:<[^>]*>)?\([^)]*$|(?:<[^>]*>)?\(.*=>)|(?:async )?(?!if|for|while|switch|catch|return)(\w+)(?=\(.*\{$))/

/**
 * Every function of a source text: declarations, arrows with a name, methods. Goes by the formatter's
 * indentation, so that no parser is needed; callbacks count as part of the function around them.
 */
export function measureFunctions(source: string): readonly MeasuredFunction[] {
  const lines = source.split('\n')
  return lines.flatMap((line, index) => {
    const match = line.match(opening)
    if (match === null) return []
    const [head, indent = '', declared, named, method] = match
    const end = endOf(lines, index, indent)
    const text = [line.slice(head.length), ...lines.slice(index + 1, end + 1)].join('\n')
    const name = declared ?? named ?? method ?? ''
    return [{ name, lineCount: end - index + 1, parameters: parametersOf(text) }]
  })
}

/** The last line of what begins at `index`: the one at its own indentation that closes and opens nothing. */
function endOf(lines: readonly string[], index: number, indent: string): number {
  for (let at = index + 1; at < lines.length; at += 1) {
    const line = lines[at] ?? ''
    if (line.trim() === '' || line.startsWith(`${indent} `)) continue
    const isCloser = line.startsWith(indent) && /^[)}\]]/.test(line.slice(indent.length))
    if (!isCloser) return at - 1
    if (!/[{([]$|=>$/.test(line)) return at
  }
  return lines.length - 1
}

/** The parameters in a text that begins after a function's name. */
function parametersOf(text: string): readonly string[] {
  const from = text.indexOf('(')
  const parameters: string[] = []
  let depth = 0
  let current = ''
  for (let at = from; at >= 0 && at < text.length; at += 1) {
    const character = text[at] ?? ''
    const isArrow = character === '>' && text[at - 1] === '='
    if ('([{<'.includes(character)) depth += 1
    if (')]}'.includes(character) || (character === '>' && !isArrow)) depth -= 1
    if (depth === 0) break
    if (depth === 1 && character === ',') {
      parameters.push(current.trim())
      current = ''
    } else if (at > from) current += character
  }
  return [...parameters, current.trim()].filter((parameter) => parameter !== '')
}

export interface Declaration {
  readonly name: string
  readonly parents: readonly string[]
  /** Its properties; what it offers as methods is no part of it. */
  readonly properties: readonly string[]
}

const declarationPattern =
  /^(?:export )?interface (\w+)(?:<[^{]*?>)?(?: extends ([^{]+?))? \{\n([\s\S]*?)^\}/gm

/** Every interface of a source text. */
export function readDeclarations(source: string): readonly Declaration[] {
  return [...source.matchAll(declarationPattern)].map(([, name = '', parents = '', body = '']) => ({
    name,
    parents: parents.split(/,\s*(?![^<]*>)/).filter((parent) => parent !== ''),
    properties: [...body.matchAll(/^ {2}(?:readonly )?(\w+)\??:/gm)].map(([, own = '']) => own),
  }))
}

/** The properties of a type, inherited ones too; `find` looks up an interface by its name. */
export function propertiesOf(
  type: string,
  find: (name: string) => Declaration | undefined,
): ReadonlySet<string> {
  const narrowed = type.match(/^(Pick|Omit)<(.+?), (.+)>$/s)
  if (narrowed !== null) {
    const [, verb, inner = '', list = ''] = narrowed
    const named = new Set([...list.matchAll(/'(\w+)'/g)].map(([, one = '']) => one))
    const all = propertiesOf(inner, find)
    return verb === 'Pick' ? all.intersection(named) : all.difference(named)
  }
  const declaration = find(type.replace(/<.*/s, ''))
  if (declaration === undefined) return new Set()
  const inherited = declaration.parents.flatMap((parent) => [...propertiesOf(parent, find)])
  return new Set([...declaration.properties, ...inherited])
}
