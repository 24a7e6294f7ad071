import { chmodSync, existsSync, globSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { run } from './run-process.ts'
import { temporaryFolder } from './temporary-folder.ts'
import { testStack } from './test-stack.ts'
import { until } from './until.ts'

const program = new URL('killed-run.ts', import.meta.url).pathname
const startedLine = z.object({ processes: z.array(z.number()), folders: z.array(z.string()) })

/** Processes with this text in their command line, such as the folder they work in. */
function processesNaming(text: string): readonly number[] {
  return globSync('/proc/[0-9]*/cmdline').flatMap((file) => {
    try {
      return readFileSync(file, 'utf8').includes(text) ? [Number(file.split('/')[2])] : []
    } catch {
      return []
    }
  })
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

test.skipIf(process.platform !== 'linux').each(['SIGKILL', 'SIGTERM'] as const)(
  'what a run started ends when the run ends by %s: PostgreSQL, the service, the browser and the folders',
  async (signal) => {
    const place = temporaryFolder()
    // PostgreSQL runs as another user.
    chmodSync(place, 0o755)
    const running = run(testStack(), {
      command: process.execPath,
      args: [program],
      environment: { TMPDIR: place },
    })
    const line = await running.line((text) => text.startsWith('{"processes"'))
    if (line === undefined) throw new Error(running.errorText())
    const { processes, folders } = startedLine.parse(JSON.parse(line))
    expect(processes).toHaveLength(3)
    expect(processes.filter(isAlive)).toEqual(processes)
    expect(folders.filter((folder) => existsSync(folder))).toEqual(folders)
    expect(processesNaming(place).length).toBeGreaterThan(1)

    await running.end(signal)
    await until(
      () => `${processesNaming(place)} to end and ${globSync(`${place}/*`)} to be removed`,
      () =>
        !processes.some(isAlive) &&
        processesNaming(place).length === 0 &&
        globSync(`${place}/*`).length === 0,
      30_000,
    )
  },
)
