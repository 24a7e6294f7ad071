import type { Health } from '../health/read-health.ts'
import type { AlertCondition } from './condition.ts'

interface CountAlert extends Pick<AlertCondition, 'name' | 'summary' | 'advice' | 'page'> {
  /** The metric with the same number. */
  readonly gauge: string
  readonly count: (health: Health) => number
  readonly detail: (count: number) => string
}

/** A warning that fires at once while a number is above 0, and is over once it is 0. */
export function countAlert({ gauge, count, detail, ...texts }: CountAlert): AlertCondition {
  return {
    ...texts,
    severity: 'warning',
    forMs: 0,
    keepFiringMs: 0,
    rule: { alert: texts.name, expr: `max by (job) (${gauge}) > 0` },
    find: ({ health }) => {
      const found = count(health)
      return found > 0 ? detail(found) : undefined
    },
  }
}
