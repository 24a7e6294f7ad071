import { expect, test } from 'vitest'
import { doctor } from '../../../src/commands/doctor.ts'
import type { ListPath } from '../../support/fake-stripe-lists.ts'
import { succeededCharge } from '../../support/listed-payments.ts'
import { type ListedShop, openListedShop } from '../../support/listed-shop.ts'
import { runCommand } from '../../support/run-command.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs

function refuse({ stripe }: ListedShop, refused: ListPath, permission: string): void {
  const message = `The provided key does not have the required permissions for this endpoint. Having the '${permission}' permission would allow this request to continue.`
  const error = { type: 'invalid_request_error', message }
  stripe.answerPage = ({ path }) =>
    path === refused ? { status: 403, body: { error } } : undefined
}

function checkoutSession(created: number, ledgerId: string) {
  const metadata = { countinghouse: ledgerId, plan: 'starter' }
  return { id: 'cs_lost', object: 'checkout.session', created, livemode: false, metadata }
}

async function ledgerIdOf({ environment }: ListedShop): Promise<string> {
  const { text } = await runCommand(doctor, environment)
  return /ledger +(\w+),/.exec(text)?.[1] ?? 'none'
}

function told(shop: ListedShop, words: string): readonly string[] {
  return shop.app().logLines.filter((line) => line.includes(words))
}

test('a key that may not list the charges: the other lists are read, and what it lacks is reported by name', async () => {
  const shop = await openListedShop()
  const created = Math.floor(Date.now() / 1000) - 3_600
  shop.stripe.lists['/v1/charges'] = [succeededCharge('lost', created)]
  shop.stripe.lists['/v1/checkout/sessions'] = [checkoutSession(created, await ledgerIdOf(shop))]
  refuse(shop, '/v1/charges', 'rak_charge_read')

  for (const reconcile of [1, 2]) {
    const { refused, listed } = await shop.app().syncJobs.runReconcile()
    expect(listed, `reconcile ${reconcile}`).toEqual({ refunds: 0, checkout_sessions: 1 })
    expect(refused.charges?.permission).toContain('"Charges and Refunds: Read"')
    expect(refused.charges?.permission).toContain('(rak_charge_read)')
  }
  expect(await shop.keys()).toEqual(['checkout:cs_lost'])
  expect(told(shop, 'the key may not read a list of Stripe')).toHaveLength(1)
  const { text, exitCode } = await runCommand(doctor, shop.environment)
  expect(exitCode).toBe(1)
  expect(text.split('\n').filter((line) => line.includes('rak_charge_read'))).toHaveLength(1)
  expect(text).toMatch(/BAD .*the key lacks "Charges and Refunds: Read" \(rak_charge_read\)/)

  shop.stripe.answerPage = () => undefined
  expect((await runCommand(doctor, shop.environment)).text).toMatch(
    /BAD +reconcile +the key could not list the charges .*the next reconcile reads them/,
  )
  const { refused, drift } = await shop.app().syncJobs.runReconcile()
  expect([refused, drift.count]).toEqual([{}, 1])
  expect(told(shop, 'may read a list of Stripe again')).toHaveLength(1)
  expect((await runCommand(doctor, shop.environment)).text).not.toContain('could not list')
})

test('what was created while a list was refused is found once it is read again, however long ago', async () => {
  const shop = await openListedShop()
  const created = Math.floor(Date.now() / 1000) - 3_600
  shop.stripe.lists['/v1/charges'] = [succeededCharge('lost', created)]
  refuse(shop, '/v1/charges', 'rak_payment_intent_read')
  for (let days = 0; days <= 60; days += 20) {
    const then = () => Date.now() + days * dayMs
    shop.stripe.now = then
    const app = await shop.restart({ dependencies: { now: then } })
    await app.syncJobs.runReconcile()
    // A narrow one after the wide one.
    await app.syncJobs.runReconcile()
  }
  expect(await shop.keys()).toEqual([])
  shop.stripe.answerPage = () => undefined
  const { isWide } = await shop.app().syncJobs.runReconcile()
  expect(isWide).toBe(false)
  expect(await shop.keys()).toEqual(['payment:success:pi_lost'])
})

test('the last success of the reconcile does not move while a list is refused, so that the alert fires', async () => {
  const shop = await openListedShop()
  const gauge = 'countinghouse_reconcile_last_success_timestamp_seconds'
  const lastSuccess = async () => {
    const page = await (await fetch(shop.app().metricsUrl)).text()
    return Number(new RegExp(`^${gauge}\\S* (\\S+)`, 'm').exec(page)?.[1])
  }
  refuse(shop, '/v1/refunds', 'rak_charge_read')
  const { beganAt } = await shop.app().syncJobs.runReconcile()
  const then = () => Date.now() + 5 * hourMs
  shop.stripe.now = then
  const app = await shop.restart({ dependencies: { now: then } })
  await app.syncJobs.runReconcile()
  expect(await lastSuccess()).toBe(beganAt / 1000)
})
