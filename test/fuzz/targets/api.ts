import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { text } from 'node:stream/consumers'
import fc from 'fast-check'
import { mustBeReady, startService } from '../../support/service.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { type ApiRequest, apiRequests, knownId } from '../api-requests.ts'
import { createCpuWatch } from '../cpu-watch.ts'
import { explainFailure } from '../explain-failure.ts'
import { mainThreadCpuMs, residentBytes } from '../process-cost.ts'
import type { FuzzTarget, OpenTarget } from '../target.ts'

const apiKey = 'fuzz-key-0123456789'
const keptCampaigns = 10

/** A request that is never answered is a failure; a busy machine is none. */
const answerMsMax = 20_000

interface Answer {
  readonly status: number
  readonly body: string
}

/** Sends requests one at a time on one connection. */
function createClient(apiUrl: string) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const ids: string[] = []
  const send = async ({ method, path, headers, body }: ApiRequest): Promise<Answer> => {
    const sending = request(`${apiUrl}${path.replaceAll(knownId, ids.at(-1) ?? knownId)}`, {
      agent,
      method,
      headers,
    })
    sending.setTimeout(answerMsMax, () => sending.destroy(new Error('no answer')))
    sending.end(body)
    const [answer] = await once(sending, 'response')
    return { status: answer.statusCode, body: await text(answer) }
  }
  /** Keeps a few campaigns to ask for, and removes the others, so that the ledger stays as it is. */
  const keep = async ({ status, body }: Answer): Promise<void> => {
    const [, id] = /^\{"id":"(campaign_[\w-]+)".*"cron":/.exec(body) ?? []
    if (status !== 201 || id === undefined) return
    ids.push(id)
    const oldest = ids.length > keptCampaigns ? ids.shift() : undefined
    if (oldest === undefined) return
    const headers = { authorization: `Bearer ${apiKey}` }
    await send({ method: 'DELETE', path: `/v1/campaigns/${oldest}`, headers, body: undefined })
  }
  return { send, keep, end: () => agent.destroy() }
}

async function open(stack: AsyncDisposableStack): Promise<OpenTarget> {
  const service = startService(stack, {
    folder: temporaryFolder(stack),
    environment: { API_KEYS: apiKey, API_RATE_LIMIT: '999999999' },
  })
  const { apiUrl } = await mustBeReady(service)
  const pid = service.child.pid
  if (pid === undefined) throw new Error('the service has no process')
  const description: unknown = await (await fetch(`${apiUrl}/openapi.json`)).json()
  const requests = apiRequests(description, apiKey)
  const client = createClient(apiUrl)
  stack.defer(client.end)

  const run: OpenTarget['run'] = async (runCount, seed) => {
    const watch = createCpuWatch()
    const counts: Record<string, number> = {}
    const measure = async (one: ApiRequest): Promise<number> => {
      const beganMs = mainThreadCpuMs(pid)
      const answer = await client.send(one)
      const tookMs = mainThreadCpuMs(pid) - beganMs
      counts[answer.status] = (counts[answer.status] ?? 0) + 1
      if (answer.status >= 500) throw new Error(`answered ${answer.status}: ${answer.body}`)
      await client.keep(answer)
      return tookMs
    }
    const property = fc.asyncProperty(requests, async (one) => {
      await watch.compareLater(await measure(one), () => measure(one))
    })
    const details = await fc.check(property, { numRuns: runCount, seed })
    const failure = explainFailure(details)
    return {
      failure: failure && `${failure}\n${service.errorText()}`,
      slowestMs: watch.slowestMs,
      counts,
    }
  }
  return { run, memoryBytes: async () => residentBytes(pid) }
}

export const apiTarget: FuzzTarget = {
  name: 'api',
  sizes: { full: 500_000, small: 600 },
  memoryGrowthBytesMax: 100 * 1024 * 1024,
  open,
}
