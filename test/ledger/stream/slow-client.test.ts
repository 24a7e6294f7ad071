import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { createReadFactsSince } from '../../../src/ledger/stream/facts-since.ts'
import { createFactFeed } from '../../../src/ledger/stream/feed.ts'
import { createFactStreams } from '../../../src/ledger/stream/open-streams.ts'
import { payment } from '../../support/facts.ts'
import { genesis, openTestLedger } from '../../support/open-test-ledger.ts'

/** Streams of a real ledger on SQLite, read every few milliseconds. */
async function openStreams() {
  const { ledger } = await openTestLedger('sqlite')
  const broken: unknown[] = []
  const readSince = createReadFactsSince(ledger.queries, (read) => read())
  const { readTotals } = ledger
  const now = () => genesis + 1000
  const feed = createFactFeed({ readTotals, readSince, now, settleMs: 10_000, pollMs: 5 })
  const streams = createFactStreams({
    feed,
    readSince,
    show: ({ key }) => key,
    onBroken: (cause) => broken.push(cause),
    commentMs: 20,
  })
  return { ledger, streams, broken }
}

function textOf(bytes: Uint8Array | undefined): string {
  return new TextDecoder().decode(bytes)
}

test('a client that reads nothing while thousands of facts arrive receives all of them later', async () => {
  const { ledger, streams } = await openStreams()
  const body = await streams.open(undefined)
  const ids = Array.from({ length: 12_000 }, (_, index) => `p${index}`)
  for (let start = 0; start < ids.length; start += 3_000) {
    await Promise.all(ids.slice(start, start + 3_000).map((id) => ledger.record(payment(id))))
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  const received = new Set<string>()
  const reader = body.getReader()
  while (received.size < ids.length) {
    const { value } = await reader.read()
    for (const [, key = ''] of textOf(value).matchAll(/^data: "(.*)"$/gm)) received.add(key)
  }
  expect(received.size).toBe(ids.length)
  await reader.cancel()
})

test('an idle stream sends comments with the id to resume from', async () => {
  const { streams } = await openStreams()
  const reader = (await streams.open(undefined)).getReader()
  const settledAt = genesis + 1000 - 10_000
  expect(textOf((await reader.read()).value)).toBe(`retry: 2000\nid: ${settledAt}\n\n`)
  expect(textOf((await reader.read()).value)).toBe(`: no new fact\nid: ${settledAt}\n\n`)
  await reader.cancel()
})

test('a stream that is opened after the stop is refused, and the others end', async () => {
  const { streams } = await openStreams()
  const body = await streams.open(undefined)
  streams.stop()
  expect(await text(body)).toContain('retry: ')
  await expect(streams.open(undefined)).rejects.toMatchObject({ code: 'not_ready' })
})
