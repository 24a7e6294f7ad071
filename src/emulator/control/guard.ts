import { isLoopback } from '../../http/loopback.ts'

const address = /^(\d{1,3}(\.\d{1,3}){3}|\[[\da-f:]+\])$/i

/**
 * By which names the emulator answers. On loopback by those of loopback alone. Where it was started on its
 * own with another `--host`, also by addresses and names without a dot, which no foreign site has.
 */
export function isEmulatorName(boundTo: string): (name: string) => boolean {
  return isLoopback(boundTo)
    ? isLoopback
    : (name) => isLoopback(name) || address.test(name) || !name.includes('.')
}
