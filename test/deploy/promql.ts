import type { SyntaxNode } from '@lezer/common'
import { parser } from '@prometheus-io/lezer-promql'

interface Matcher {
  readonly label: string
  readonly operator: string
  readonly value: string
}

interface Selector {
  /** Undefined for a selector by labels alone. */
  readonly metric: string | undefined
  readonly matchers: readonly Matcher[]
}

export interface ParsedQuery {
  readonly selectors: readonly Selector[]
  /** The outermost expression. */
  readonly top: SyntaxNode | null
  readonly textOf: (node: SyntaxNode) => string
  readonly readSelector: (node: SyntaxNode) => Selector
}

/** Parses an expression with Prometheus's own grammar. Throws where it is none, naming the place. */
export function parseQuery(query: string): ParsedQuery {
  const textOf = ({ from, to }: SyntaxNode): string => query.slice(from, to)

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

  const readSelector = (node: SyntaxNode): Selector => {
    const metric = node.getChild('Identifier')
    const matchers = node.getChild('LabelMatchers')?.getChildren('UnquotedLabelMatcher') ?? []
    return {
      metric: metric === null ? undefined : textOf(metric),
      matchers: matchers.map(readMatcher),
    }
  }

  const selectors: Selector[] = []
  const tree = parser.parse(query)
  tree.iterate({
    enter: ({ type, name, from, to, node }) => {
      if (type.isError)
        throw new SyntaxError(`not PromQL at "${query.slice(from, to + 20)}": ${query}`)
      if (name === 'VectorSelector') selectors.push(readSelector(node))
    },
  })
  return { selectors, top: tree.topNode.firstChild, textOf, readSelector }
}
