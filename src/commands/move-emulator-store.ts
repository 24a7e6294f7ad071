import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Config } from '../config/config.ts'
import { emulatorStore } from '../config/default-paths.ts'
import { copySqlite } from '../database/copy-sqlite.ts'
import { reportProgress } from './read-options.ts'

/**
 * Copies the emulator's objects to where a service on PostgreSQL has them, unless there are some: a trial goes on with
 * its customers and prices. A partial copy that a former run left is replaced.
 */
export async function copyEmulatorStore({ mode, emulator }: Config, url: string): Promise<void> {
  const { path: to } = emulatorStore({ engine: 'postgres', url })
  if (mode !== 'emulator' || !existsSync(emulator.path)) return
  if (existsSync(to)) {
    reportProgress(
      `the emulator's objects in ${emulator.path} were not copied: ${to} exists and will be used`,
    )
    return
  }
  mkdirSync(dirname(to), { recursive: true, mode: 0o700 })
  rmSync(`${to}.partial`, { force: true })
  await copySqlite({
    path: emulator.path,
    to,
    check: async () => undefined,
    report: () => undefined,
    signal: new AbortController().signal,
  })
  reportProgress(`the emulator's objects are copied to ${to}`)
}
