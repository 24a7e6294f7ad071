import { execFileSync } from 'node:child_process'
import { chmodSync, closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { removeWithUs } from '../../support/cleanup.ts'
import { fetchOnce } from '../../support/fetch-once.ts'
import type { TestBed } from './test-bed.ts'

/** A disk of a few megabytes that can be full. */
export interface SmallDisk {
  readonly folder: string
  fill(): void
  free(): void
}

const chunkBytes = 4_096
const burst = 50
const burstPauseMs = 200
const refusalMsMax = 60_000

export const noSmallDisk =
  'no small disk can be mounted here: that needs root, and a kernel that lets it'

/** Why no disk can be filled here, if none can. */
export function missingSmallDisk(): string | undefined {
  using stack = new DisposableStack()
  const folder = mkdtempSync(join(tmpdir(), 'countinghouse-'))
  stack.defer(() => rmSync(folder, { recursive: true, force: true }))
  if (!mount(folder, 1)) return noSmallDisk
  execFileSync('umount', ['-l', folder])
  return undefined
}

/** Undefined where this user may not mount one. */
export function mountSmallDisk(
  stack: AsyncDisposableStack,
  parent: string,
  megabytes: number,
): SmallDisk | undefined {
  const folder = join(parent, `disk-${megabytes}`)
  mkdirSync(folder)
  const undone = removeWithUs(folder, 'mount')
  stack.defer(undone)
  if (!mount(folder, megabytes)) return undefined
  stack.defer(() => void execFileSync('umount', ['-l', folder]))
  chmodSync(folder, 0o777)
  const balloon = join(folder, 'balloon')
  return {
    folder,
    fill: () => {
      const file = openSync(balloon, 'a')
      try {
        for (;;) writeSync(file, Buffer.alloc(chunkBytes))
      } catch {
        // Full, as it should be.
      } finally {
        closeSync(file)
      }
    },
    free: () => rmSync(balloon, { force: true }),
  }
}

function mount(folder: string, megabytes: number): boolean {
  const args = ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder]
  try {
    execFileSync('mount', args, { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

export interface Refusals {
  /** 0 if it never refused anything. */
  readonly refused: number
  readonly wasNotReady: boolean
}

/**
 * Fills the disk and keeps it full, while people pay, until the service has refused something for that and, if
 * `apiUrl` is given, has reported there that it is not ready. The room is free again when this resolves.
 */
export async function fillUntilRefused(
  disk: SmallDisk,
  { balancer, stripe }: TestBed,
  apiUrl?: string,
): Promise<Refusals> {
  const refusals = (): number => balancer.statuses.get(503) ?? 0
  const before = refusals()
  const deadline = performance.now() + refusalMsMax
  let wasNotReady = apiUrl === undefined
  disk.fill()
  while ((refusals() === before || !wasNotReady) && performance.now() < deadline) {
    await stripe.pay('success', burst)
    disk.fill()
    await sleep(burstPauseMs)
    wasNotReady ||= (await fetchOnce(`${apiUrl}/readyz`)).status === 503
  }
  disk.free()
  return { refused: refusals() - before, wasNotReady }
}
