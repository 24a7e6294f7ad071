/** One request of an `.http` file, with its variables not yet filled in. */
export interface HttpExample {
  readonly title: string
  /** What later requests call it by; undefined where none needs its answer. */
  readonly name: string | undefined
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | undefined
  /** The status that its title promises: "Answers 201". */
  readonly status: number
}

export interface HttpFile {
  readonly variables: Readonly<Record<string, string>>
  readonly requests: readonly HttpExample[]
}

/**
 * Reads the `.http` files of VS Code's REST Client and Visual Studio: `@name = value`, requests after
 * `###`, comments, headers, a blank line, a body. Throws for a request without a title that promises a status.
 */
export function parseHttpFile(text: string): HttpFile {
  const [head = '', ...blocks] = text.split(/^### /m)
  const assigned = [...head.matchAll(/^@(\w+) = (.*)$/gm)]
  return {
    variables: Object.fromEntries(assigned.map(([, name = '', value = '']) => [name, value])),
    requests: blocks.map(parseRequest),
  }
}

function parseRequest(block: string): HttpExample {
  const [title = '', ...lines] = block.split('\n')
  const [, status] = /\bAnswers (\d{3})\b/.exec(title) ?? []
  if (status === undefined) throw new Error(`"${title}" promises no status`)
  const [, name] = /^# @name (\w+)$/m.exec(block) ?? []
  const [top = '', ...rest] = lines
    .filter((line) => !line.startsWith('#'))
    .join('\n')
    .split('\n\n')
  const [start = '', ...headers] = top.split('\n')
  const [method = '', url = ''] = start.split(' ')
  const body = rest.join('\n\n').trim()
  return {
    title,
    name,
    method,
    url,
    headers: Object.fromEntries(headers.filter((line) => line !== '').map(readHeader)),
    body: body === '' ? undefined : body,
    status: Number(status),
  }
}

function readHeader(line: string): readonly [string, string] {
  const [name = '', ...value] = line.split(': ')
  return [name, value.join(': ')]
}

/** The text with `{{name}}` filled in; `lookUp` answers undefined for what it does not know. Throws for that. */
export function fillIn(text: string, lookUp: (name: string) => string | undefined): string {
  return text.replaceAll(/\{\{([\w.$]+)\}\}/g, (_, name: string) => {
    const value = lookUp(name)
    if (value === undefined) throw new Error(`there is no variable ${name}`)
    return value
  })
}
