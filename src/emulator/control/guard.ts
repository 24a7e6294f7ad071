import { isLoopback } from '../../http/loopback.ts'

const address = /^(\d{1,3}(\.\d{1,3}){3}|\[[\da-f:]+\])$/i

/**
 * The host names that the emulator accepts: on loopback only loopback names. Started on its own with another
 * `--host`, it also accepts addresses and names without a dot, which no foreign site has.
 */
export function isEmulatorName(boundTo: string): (name: string) => boolean {
  return isLoopback(boundTo)
    ? isLoopback
    : (name) => isLoopback(name) || address.test(name) || !name.includes('.')
}
