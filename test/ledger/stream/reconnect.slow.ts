import { expect, test, vi } from 'vitest'
import { arrival, follow, keysOf, pay, startReplica } from '../../support/fact-stream.ts'
import { temporaryDatabase } from '../../support/postgres.ts'
import type { TestApp } from '../../support/start-test-app.ts'

test('a client that reconnects with its last event id, to any replica, misses no fact of concurrent writers', async () => {
  const url = await temporaryDatabase()
  const replicas = [await startReplica(url), await startReplica(url)] as const
  const received = new Set<string>()
  let stream = await follow(replicas[0])
  const paid: string[] = []
  const write = async (app: TestApp, name: string): Promise<void> => {
    for (let count = 0; count < 200; count += 1) {
      paid.push(await pay(app, `pi_${name}_${count}`))
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
  const writing = Promise.all([
    write(replicas[0], 'a'),
    write(replicas[1], 'b'),
    write(replicas[1], 'c'),
  ])
  for (const replica of [replicas[1], replicas[0], replicas[1]]) {
    const { length } = keysOf(stream)
    await vi.waitFor(() => expect(keysOf(stream).length).toBeGreaterThan(length + 10), arrival)
    stream.kill()
    await stream.ended
    for (const key of keysOf(stream)) received.add(key)
    stream = await follow(replica, stream.lastEventId())
  }
  await writing
  await vi.waitFor(() => {
    for (const key of keysOf(stream)) received.add(key)
    expect([...received].toSorted()).toEqual(paid.toSorted())
  }, arrival)
})
