import { setTimeout as sleep } from 'node:timers/promises'

const pollMs = 10

/** Resolves once `holds` answers true. Throws, naming what was waited for, after `timeoutMs`. */
export async function until(
  what: string | (() => string),
  holds: () => boolean | Promise<boolean>,
  timeoutMs = 60_000,
): Promise<void> {
  const deadline = performance.now() + timeoutMs
  while (!(await holds())) {
    if (performance.now() > deadline)
      throw new Error(
        `waited ${timeoutMs / 1000} s for ${typeof what === 'string' ? what : what()}`,
      )
    await sleep(pollMs)
  }
}
