import { expect, test } from 'vitest'
import { createOneAtATime } from '../../../src/ledger/read/one-at-a-time.ts'

test('readings go one by one, in the order they came, also past one that fails', async () => {
  const readInTurn = createOneAtATime()
  const told: string[] = []
  const reading = (name: string, failure?: Error) =>
    readInTurn(async () => {
      told.push(`${name} begins`)
      await new Promise(setImmediate)
      if (failure !== undefined) throw failure
      told.push(`${name} ends`)
      return name
    })
  const readings = [reading('one'), reading('two', new Error('no')), reading('three')]
  const outcomes = await Promise.allSettled(readings)
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  expect(told).toEqual(['one begins', 'one ends', 'two begins', 'three begins', 'three ends'])
})

test('between two readings the event loop turns, however many readers there are', async () => {
  const readInTurn = createOneAtATime()
  const turns: number[] = []
  let turn = 0
  let isRunning = true
  const count = (): void => {
    turn += 1
    if (isRunning) setImmediate(count)
  }
  count()
  await Promise.all(
    Array.from({ length: 20 }, () => readInTurn(() => Promise.resolve(turns.push(turn)))),
  )
  isRunning = false
  expect(new Set(turns).size).toBe(20)
})

test('beyond its bound it is overloaded, and free again afterwards', async () => {
  const readInTurn = createOneAtATime(2)
  const read = () => readInTurn(() => Promise.resolve('read'))
  const outcomes = await Promise.allSettled([read(), read(), read()])
  expect(outcomes[2]).toMatchObject({ status: 'rejected', reason: { code: 'overloaded' } })
  expect(await read()).toBe('read')
})
