import { textOf } from './repository.ts'

export interface Instruction {
  readonly verb: string
  readonly text: string
}

/** The instructions of the Dockerfile, without comments. */
export const instructions: readonly Instruction[] = textOf('deploy/Dockerfile')
  .replaceAll(/\\\n\s*/g, ' ')
  .split('\n')
  .filter((line) => line.trim() !== '' && !line.startsWith('#'))
  .map((line) => {
    const [verb = '', ...rest] = line.split(' ')
    return { verb, text: rest.join(' ') }
  })

export function textsOf(verb: string): readonly string[] {
  return instructions.filter((one) => one.verb === verb).map(({ text }) => text)
}

/** The one instruction of its kind in exec form, as a command with its arguments. */
export function execForm(verb: 'CMD' | 'HEALTHCHECK'): readonly string[] {
  const text = textsOf(verb).at(-1) ?? ''
  return JSON.parse(text.slice(text.indexOf('[')))
}

export const environment: Readonly<Record<string, string>> = Object.fromEntries(
  textsOf('ENV').flatMap((text) => text.split(' ').map((pair) => pair.split('='))),
)
