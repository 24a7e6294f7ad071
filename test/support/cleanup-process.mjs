// Started by cleanup.ts, beside each process of a test run that starts others or makes folders. Its standard
// input ends when that process is gone, however it ended: then this ends and removes whatever is still listed.
import { execFileSync } from 'node:child_process'
import { readFileSync, readlinkSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'

const processes = new Map()
const servers = new Set()
const mounts = new Set()
const folders = new Set()
const politeMs = 5_000

/** When a process began, in ticks since boot: its id may be another's by the end. Undefined once it is gone. */
function startOf(pid) {
  try {
    const [state, ...fields] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ')
    return state === 'Z' ? undefined : fields[18]
  } catch {
    return process.platform === 'linux' ? undefined : 'unknown'
  }
}

const actions = {
  process: ({ pid }) => processes.set(pid, { signal: 'SIGKILL', start: startOf(pid) }),
  'process ended': ({ pid }) => processes.delete(pid),
  server: ({ path }) => servers.add(path),
  mount: ({ path }) => mounts.add(path),
  'mount removed': ({ path }) => mounts.delete(path),
  folder: ({ path }) => folders.add(path),
  'folder removed': ({ path }) => folders.delete(path),
}

function living() {
  return [...processes].filter(([pid, { start }]) => start !== undefined && startOf(pid) === start)
}

function attempt(work) {
  try {
    work()
  } catch {
    // It is gone already, or will be tried again.
  }
}

/** A PostgreSQL whose process file is there now: it may have been started again since it was listed. */
function findServer(path) {
  try {
    const pid = Number(readFileSync(path, 'utf8').split('\n')[0])
    // Its working directory is its data folder. SIGQUIT leaves no shared memory behind.
    if (readlinkSync(`/proc/${pid}/cwd`) === dirname(path))
      processes.set(pid, { signal: 'SIGQUIT', start: startOf(pid) })
  } catch {
    // It is not running.
  }
}

async function endProcesses() {
  servers.forEach(findServer)
  for (const [pid, { signal }] of living()) {
    attempt(() => process.kill(pid, 'SIGCONT'))
    attempt(() => process.kill(pid, signal))
  }
  const deadline = performance.now() + politeMs
  while (living().length > 0 && performance.now() < deadline) await sleep(10)
  for (const [pid] of living()) attempt(() => process.kill(pid, 'SIGKILL'))
}

// Ctrl-C reaches the whole group, and this one has to be the last.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {})

for await (const line of createInterface({ input: process.stdin })) {
  const message = JSON.parse(line)
  actions[message.what](message)
}
await endProcesses()
for (const path of mounts) attempt(() => execFileSync('umount', ['-l', path], { stdio: 'ignore' }))
for (const path of folders)
  attempt(() => rmSync(path, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }))
