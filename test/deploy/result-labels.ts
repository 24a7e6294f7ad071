import type { SyntaxNode } from '@lezer/common'
import { parseQuery } from './promql.ts'

type LabelSet = ReadonlySet<string>

export interface ResultLabels {
  /** The labels that the result of an expression can have. */
  readonly labels: LabelSet
  /** Labels asked for where nothing has them, in words. */
  readonly problems: readonly string[]
}

/** Functions and aggregations whose result has other labels than what they are given. */
const quantiles = new Set(['HistogramQuantile', 'HistogramQuantiles', 'HistogramFraction'])
const relabelling = new Set(['LabelReplace', 'LabelJoin'])
const absences = new Set(['Absent', 'AbsentOverTime'])
const choosing = new Set(['Topk', 'Bottomk', 'LimitK', 'LimitRatio'])

function childrenOf(node: SyntaxNode | null): readonly SyntaxNode[] {
  const children: SyntaxNode[] = []
  for (let child = node?.firstChild ?? null; child !== null; child = child.nextSibling)
    children.push(child)
  return children
}

function without(labels: LabelSet, dropped: readonly string[]): LabelSet {
  return new Set([...labels].filter((label) => !dropped.includes(label)))
}

/**
 * Walks an expression from its selectors upwards: each `by`, `without`, `on` and `ignoring` is held
 * against the labels that reach it. A metric that nobody knows has every label here.
 */
export function readResultLabels(
  query: string,
  labelsOf: ReadonlyMap<string, LabelSet>,
): ResultLabels {
  const { top, textOf, readSelector } = parseQuery(query)
  const all: LabelSet = new Set([...labelsOf.values()].flatMap((labels) => [...labels]))
  const problems: string[] = []
  const namesIn = (node: SyntaxNode | null | undefined): readonly string[] =>
    node?.getChildren('LabelName').map(textOf) ?? []
  const require = (names: readonly string[], sides: readonly LabelSet[]) => {
    for (const name of names)
      if (name !== '__name__' && !sides.some((labels) => labels.has(name)))
        problems.push(`nothing here has ${name}`)
  }

  const ofAggregate = (node: SyntaxNode): LabelSet => {
    const inner = ofLast(node.getChild('FunctionCallBody'))
    const modifier = node.getChild('AggregateModifier')
    const names = namesIn(modifier?.getChild('GroupingLabels'))
    require(names, [inner])
    if (modifier?.getChild('Without')) return without(inner, names)
    const operator = node.getChild('AggregateOp')?.firstChild?.name ?? ''
    return modifier === null && choosing.has(operator) ? inner : new Set(names)
  }

  const ofBinary = (node: SyntaxNode): LabelSet => {
    const [left, right] = [of(node.firstChild), of(node.lastChild)]
    if (left === undefined || right === undefined) return left ?? right ?? new Set()
    const matching = node.getChild('MatchingModifierClause')
    const [names = [], included = []] = matching?.getChildren('GroupingLabels').map(namesIn) ?? []
    if (matching?.getChild('On')) for (const side of [left, right]) require(names, [side])
    else require(names, [left, right])
    if (node.getChild('Or')) return new Set([...left, ...right])
    if (node.getChild('And') || node.getChild('Unless')) return left
    if (matching?.getChild('GroupLeft')) require(included, [right])
    if (matching?.getChild('GroupRight')) require(included, [left])
    if (matching?.getChild('GroupLeft')) return new Set([...left, ...included])
    if (matching?.getChild('GroupRight')) return new Set([...right, ...included])
    return matching?.getChild('On') ? new Set(names) : without(left, names)
  }

  const ofCall = (node: SyntaxNode): LabelSet | undefined => {
    const name = node.getChild('FunctionIdentifier')?.firstChild?.name ?? ''
    const body = node.getChild('FunctionCallBody')
    const given = childrenOf(body).flatMap((argument) => of(argument) ?? [])
    const [vector] = given
    if (name === 'Scalar') return undefined
    if (name === 'Vector') return new Set()
    if (vector === undefined) return undefined
    if (quantiles.has(name)) {
      require(['le'], [vector])
      return without(vector, ['le'])
    }
    if (relabelling.has(name)) {
      const [target] = body?.getChildren('StringLiteral').map(textOf) ?? []
      return new Set([...vector, target?.slice(1, -1) ?? ''])
    }
    return absences.has(name) ? equalLabels(body) : vector
  }

  const equalLabels = (body: SyntaxNode | null): LabelSet => {
    const [selector] = body?.getChildren('VectorSelector') ?? []
    const matchers = selector === undefined ? [] : readSelector(selector).matchers
    return new Set(matchers.filter(({ operator }) => operator === '=').map(({ label }) => label))
  }

  const ofLast = (node: SyntaxNode | null): LabelSet => of(node?.lastChild ?? null) ?? new Set()

  /** Undefined for what has no labels at all: numbers and texts. */
  const of = (node: SyntaxNode | null): LabelSet | undefined => {
    if (node === null) return undefined
    if (node.name === 'VectorSelector') {
      const { metric } = readSelector(node)
      return metric === undefined ? all : (labelsOf.get(metric) ?? all)
    }
    if (node.name === 'AggregateExpr') return ofAggregate(node)
    if (node.name === 'BinaryExpr') return ofBinary(node)
    if (node.name === 'FunctionCall') return ofCall(node)
    const wrapped = childrenOf(node).flatMap((child) => of(child) ?? [])
    return wrapped[0]
  }

  const labels = of(top) ?? new Set<string>()
  return { labels, problems }
}
