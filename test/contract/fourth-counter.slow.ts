import { join } from 'node:path'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { startOtlpReceiver } from '../support/otlp-receiver.ts'
import { type Running, run } from '../support/run-process.ts'
import { webhookSecret } from '../support/start-test-app.ts'
import { startStripeProxy } from '../support/stripe-proxy.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { deliver } from '../support/webhooks.ts'
import { completions, namedFiles, openDispute, openedEvent, reader, row } from './disputes.ts'
import { copySources, type SourceCopy } from './source-copy.ts'

const counter = 'billing_disputes_total'
const series = `${counter}{reason="fraudulent"}`

test('a fourth counter: the compiler names every place that it needs, and then all of it works', async () => {
  await using stack = new AsyncDisposableStack()
  const copy = copySources(temporaryFolder(), stack)
  copy.edit([row])
  expect(await copy.compile()).toEqual(namedFiles)
  copy.write(reader.file, reader.text)
  copy.edit(completions)
  expect(await copy.compile()).toEqual([])

  const disputes: object[] = []
  const otlp = await startOtlpReceiver()
  const runNode = runIn(copy, stack, {
    STRIPE_API_BASE: await startStripe(disputes),
    OTEL_EXPORTER_OTLP_ENDPOINT: otlp.url,
  })

  const service = runNode('src/start.mjs')
  const { api, metrics } = await tells(service, { api: z.string(), metrics: z.string() })
  expect(await textOf(metrics)).toContain(`\n${series} 0\n`)
  const dispute = openDispute('dp_1')
  disputes.push(dispute)
  expect((await deliver(api, openedEvent(dispute))).status).toBe(200)
  expect(await textOf(metrics)).toContain(`\n${series} 1\n`)
  expect(await jsonOf(`${api}/v1/totals`)).toMatchObject({
    data: expect.arrayContaining([
      { counter, label: 'fraudulent', facts: 1, committed: 1, exposed: 1 },
    ]),
  })
  const day = new Date(dispute.created * 1000).toISOString()
  const plot = `${api}/v1/stats?interval=day&counter=${counter}&from=${day}&to=${day.slice(0, 10)}T23:59:59Z`
  expect(await jsonOf(plot)).toMatchObject({
    data: [
      {
        counter,
        label: 'fraudulent',
        currency: 'usd',
        counts: [1],
        amounts_minor: [dispute.amount],
      },
    ],
  })

  const shop = runNode(
    'src/emulator/main.ts',
    '--port=0',
    '--file=shop.db',
    `--webhook-url=${api}/webhooks/stripe`,
    `--metrics-url=${metrics}`,
  )
  const { url } = await tells(shop, { url: z.string() })
  expect(await textOf(url)).toMatch(
    new RegExp(
      `data-series="${counter}:fraudulent"[^>]*><dt>[^<]*<b>fraudulent</b></dt><dd>1</dd>`,
    ),
  )
  expect(await jsonOf(`${url}/emulator/counters`)).toMatchObject({
    series: expect.arrayContaining([{ name: counter, label: 'fraudulent', value: 1 }]),
  })

  expect(await service.end('SIGTERM')).toBe(0)
  const pushed = otlp.points.filter(({ name }) => name === counter)
  expect(pushed.filter(({ value }) => value === 1).at(-1)?.attributes).toEqual({
    reason: 'fraudulent',
  })

  disputes.push(openDispute('dp_2'))
  const verify = runNode('src/start.mjs', 'verify', '--wait', '0s')
  expect(await verify.exited).toBe(1)
  const line = verify
    .outputText()
    .split('\n')
    .find((one) => one.startsWith(series))
  // Stripe, ledger, missing, extra, all facts, committed.
  expect(line?.slice(series.length).trim().split(/\s+/)).toEqual(['2', '1', '1', '0', '1', '1'])
  expect(verify.outputText()).toContain('1 missing in the ledger:\n  dispute:dp_2')
}, 300_000)

/** Runs files of the copy, each as a process of its own, on one ledger. */
function runIn(copy: SourceCopy, stack: AsyncDisposableStack, environment: Record<string, string>) {
  return (file: string, ...args: readonly string[]): Running =>
    run(stack, {
      command: process.execPath,
      args: [join(copy.folder, file), ...args],
      folder: copy.folder,
      environment: {
        STRIPE_SECRET_KEY: 'sk_test_none',
        STRIPE_WEBHOOK_SECRET: webhookSecret,
        DATABASE_URL: 'sqlite:./ledger.db',
        PORT: '0',
        OTEL_EXPORTER_PROMETHEUS_PORT: '0',
        ...environment,
      },
    })
}

/** The first line on standard output that has these fields. */
async function tells<Shape extends z.ZodRawShape>(process: Running, shape: Shape) {
  const schema = z.object(shape)
  const parse = (line: string) => schema.safeParse(JSON.parse(line))
  const line = await process.line((one) => one.startsWith('{') && parse(one).success)
  if (line === undefined) throw new Error(`it ended: ${process.errorText()}`)
  return schema.parse(JSON.parse(line))
}

/** A Stripe that has an account, these disputes and nothing else. */
function startStripe(disputes: readonly object[]): Promise<string> {
  return startStripeProxy('http://nowhere.invalid', (_, path) => {
    if (path === '/v1/account') return { status: 200, body: { id: 'acct_1', object: 'account' } }
    const data = path === '/v1/disputes' ? disputes : []
    return { status: 200, body: { object: 'list', url: path, has_more: false, data } }
  })
}

async function textOf(url: string): Promise<string> {
  const answer = await fetch(url)
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}: ${text}`)
  return text
}

async function jsonOf(url: string): Promise<unknown> {
  return JSON.parse(await textOf(url))
}
