import type { StripeEvent, StripeObject } from './types.ts'

/** The default version of all objects: the one of the `stripe` package. */
export const apiVersion = '2026-10-28.endive'

/** Versions are compared by their dates. */
function isBefore(version: string, date: string): boolean {
  return version.slice(0, date.length) < date
}

/** Until then a released authorisation is a Refund object: https://docs.stripe.com/changelog/basil */
export function refundsReleases(version: string): boolean {
  return isBefore(version, '2025-03-31')
}

/** Since then there are `refund.*` events for the refunds of charges: https://docs.stripe.com/changelog/acacia */
export function reportsRefunds(version: string): boolean {
  return !isBefore(version, '2024-10-28')
}

/** An event as a webhook or a list shows it: in its own version, without the emulator's note. */
export function renderEvent(event: StripeEvent, to: 'account' | 'webhook'): StripeEvent {
  if (event.$ === undefined) return event
  const { $: note, ...visible } = event
  const version = note[to]
  const object = renderObject({ ...visible.data.object } as StripeObject, version, note)
  return { ...visible, api_version: version, data: { ...visible.data, object } }
}

/**
 * Before 2022-11-15 a PaymentIntent carries its charges and a charge its refunds, newest first, and a
 * PaymentIntent names no latest one: https://docs.stripe.com/upgrades#2022-11-15
 */
function renderObject(
  object: StripeObject,
  version: string,
  { charges = [], refunds = [] }: NonNullable<StripeEvent['$']>,
): StripeObject {
  if (!isBefore(version, '2022-11-15')) return object
  if (object.object === 'payment_intent') {
    const { latest_charge: _, ...older } = object
    return { ...older, charges: listOf(charges, `/v1/charges?payment_intent=${object.id}`) }
  }
  if (object.object === 'charge')
    return { ...object, refunds: listOf(refunds, `/v1/charges/${object.id}/refunds`) }
  return object
}

function listOf(data: readonly object[], url: string): object {
  return { object: 'list', data, has_more: false, total_count: data.length, url }
}
