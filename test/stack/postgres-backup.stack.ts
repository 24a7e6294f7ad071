import { execFileSync } from 'node:child_process'
import { dirname, join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { serverPrograms } from '../support/patroni/programs.ts'
import { createDatabase, dropDatabase, withClient } from '../support/postgres.ts'
import { startPostgres } from '../support/postgres-server.ts'
import { readSeries } from '../support/read-series.ts'
import { runStartWith } from '../support/run-command-on.ts'
import { type RunningService, runService } from '../support/run-service.ts'
import { webhooksOnly } from '../support/start-test-app.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { testStack } from '../support/test-stack.ts'
import { until } from '../support/until.ts'
import { deliver, eventBody } from '../support/webhooks.ts'

const programs = serverPrograms()

let paid = 0

async function pay({ apiUrl }: RunningService): Promise<number> {
  paid += 1
  const body = eventBody('payment_intent.succeeded', {
    id: `evt_dump_${paid}`,
    object: { id: `pi_dump_${paid}` },
  })
  return (await deliver(apiUrl, body)).status
}

/** The series of successful payments, once the service exposes it. */
async function successes({ metricsUrl }: RunningService): Promise<readonly [string, number]> {
  let found: readonly [string, number] | undefined
  await until('the page to show the successful payments', async () => {
    const series = await readSeries(metricsUrl).catch(() => new Map<string, number>())
    found = [...series].find(([name]) => name.includes('status="success"'))
    return found !== undefined
  })
  if (found === undefined) throw new Error('no series was found')
  return found
}

test.skipIf(programs === undefined)(
  'pg_dump beside the service, pg_restore, recover: a new series goes on from the backup',
  async () => {
    const bin = programs ?? ''
    const folder = temporaryFolder()
    const server = await startPostgres(testStack(), [], dirname(bin))
    const url = await createDatabase(server.url)
    const settings = { ...webhooksOnly, DATABASE_URL: url }
    const dump = join(folder, 'countinghouse.dump')

    const first = await runService(folder, settings)
    for (let count = 0; count < 2; count += 1) expect(await pay(first)).toBe(200)
    execFileSync(join(bin, 'pg_dump'), ['--format=custom', `--file=${dump}`, url])
    expect(await pay(first)).toBe(200)
    const [name, value] = await successes(first)
    expect(value).toBe(3)
    await first.end('SIGTERM')

    await dropDatabase(server.url, url)
    await withClient(server.url, (query) =>
      query(`create database ${new URL(url).pathname.slice(1)}`),
    )
    const restore = ['--exit-on-error', '--no-owner', `--dbname=${url}`, dump]
    execFileSync(join(bin, 'pg_restore'), restore)
    // The dump holds the lease of the service that was running then, which lasts ten seconds.
    const recovered = await vi.waitFor(async () => {
      const answer = await runStartWith(folder, settings, 'recover', '--yes')
      expect(answer).toMatchObject({ exitCode: 0, errorText: '' })
      return answer
    }, 60_000)
    expect(recovered.text).toContain('success: 2')
    const second = await runService(folder, settings)
    const [newName, newValue] = await successes(second)
    expect(newName).not.toBe(name)
    expect(newValue).toBe(2)
    expect(await pay(second)).toBe(200)
    expect((await successes(second))[1]).toBe(3)
    await second.end('SIGTERM')
  },
)
