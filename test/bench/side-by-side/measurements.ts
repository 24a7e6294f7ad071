import type { Measurement } from './bench-context.ts'
import { checkout } from './measure-checkout.ts'
import { counterCost } from './measure-counters.ts'
import { growth } from './measure-growth.ts'
import { memory } from './measure-memory.ts'
import { scrape } from './measure-scrape.ts'
import { start } from './measure-start.ts'
import { webhooks } from './measure-webhooks.ts'

/** Everything that is measured, in this order. */
export const measurements: readonly Measurement[] = [
  webhooks,
  scrape,
  checkout,
  counterCost,
  start,
  memory,
  growth,
]
