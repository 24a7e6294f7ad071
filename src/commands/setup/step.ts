/** What a step made. */
export interface Made {
  readonly text: string
  /** A signing secret, which Stripe shows once. */
  readonly secret?: string | undefined
}

interface Described {
  readonly name: string
  readonly text: string
}

/** One line of the plan. */
export type Step =
  | (Described & {
      /** `hand`: the operator has to act; `note`: may act. */
      readonly state: 'ready' | 'hand' | 'note'
    })
  | (Described & {
      readonly state: 'make'
      readonly make: () => Promise<Made>
      /** Whether the service does without it. */
      readonly isOptional?: boolean
    })

const words = { ready: 'ok  ', make: 'make', hand: 'YOU ', note: 'note' } as const

/** The lines of a plan, or of what became of it. */
export function describeSteps(
  steps: readonly {
    readonly state: Step['state'] | 'made'
    readonly name: string
    readonly text: string
  }[],
): readonly string[] {
  const width = Math.max(...steps.map(({ name }) => name.length))
  return steps.map(
    ({ state, name, text }) =>
      `${state === 'made' ? 'made' : words[state]}  ${name.padEnd(width)}  ${text}`,
  )
}
