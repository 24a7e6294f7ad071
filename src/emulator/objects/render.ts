import type { StripeObject } from './types.ts'

/** The object as the context may see it: without the emulator's own note. */
export function render(object: StripeObject): StripeObject {
  if (object.$ === undefined) return object
  const { $: _, ...visible } = object
  return visible
}
