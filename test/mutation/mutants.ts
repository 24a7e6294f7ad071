import type { Mutant } from './mutant.ts'
import { consoleMutants } from './mutants/console.ts'
import { deliveryMutants } from './mutants/delivery.ts'
import { keepingMutants } from './mutants/keeping.ts'
import { ledgerMutants } from './mutants/ledger.ts'
import { sourceMutants } from './mutants/sources.ts'

/** Every mutant of our own: what Stryker cannot make, and what the promise rests on. */
export const mutants: readonly Mutant[] = [
  ...ledgerMutants,
  ...consoleMutants,
  ...deliveryMutants,
  ...sourceMutants,
  ...keepingMutants,
]
