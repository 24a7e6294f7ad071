import type { SyntaxNode, SyntaxNodeRef } from '@lezer/common'
import { parser } from '@prometheus-io/lezer-promql'

export interface Matcher {
  readonly label: string
  readonly operator: string
  readonly value: string
}

export interface Selector {
  /** Undefined for a selector by labels alone. */
  readonly metric: string | undefined
  readonly matchers: readonly Matcher[]
}

export interface ParsedQuery {
  readonly selectors: readonly Selector[]
  /** The labels in `by`, `without`, `on` and `ignoring`. */
  readonly groupingLabels: readonly string[]
  /** The labels of the outermost aggregation, which are those of its result. */
  readonly resultLabels: readonly string[]
}

/** Parses an expression with Prometheus's own grammar. Throws where it is none, naming the place. */
export const parseQuery = (query: string): ParsedQuery => {
  const selectors: Selector[] = []
  const groupings: (readonly string[])[] = []
  const textOf = ({ from, to }: { readonly from: number; readonly to: number }) =>
    query.slice(from, to)
  const namesIn = (node: SyntaxNode) => node.getChildren('LabelName').map(textOf)

  const readMatcher = (node: SyntaxNode): Matcher => {
    const textOfChild = (name: string) => {
      const child = node.getChild(name)
      return child === null ? '' : textOf(child)
    }
    return {
      label: textOfChild('LabelName'),
      operator: textOfChild('MatchOp'),
      value: textOfChild('StringLiteral').slice(1, -1),
    }
  }

  const visit = ({ type, name, from, to, node }: SyntaxNodeRef): void => {
    if (type.isError)
      throw new SyntaxError(`not PromQL at "${query.slice(from, to + 20)}": ${query}`)
    if (name === 'GroupingLabels') groupings.push(namesIn(node))
    if (name !== 'VectorSelector') return
    const metric = node.getChild('Identifier')
    const matchers = node.getChild('LabelMatchers')?.getChildren('UnquotedLabelMatcher') ?? []
    selectors.push({
      metric: metric === null ? undefined : textOf(metric),
      matchers: matchers.map(readMatcher),
    })
  }
  parser.parse(query).iterate({ enter: visit })
  return { selectors, groupingLabels: groupings.flat(), resultLabels: groupings[0] ?? [] }
}
