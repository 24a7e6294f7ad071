import type { AddressInfo } from 'node:net'

/** Tells the benchmark where a peer listens, as soon as it does; the peer ends on SIGTERM. */
export function reportPort({ port }: Pick<AddressInfo, 'port'>): void {
  process.stdout.write(`${JSON.stringify({ port })}\n`)
}

process.on('SIGTERM', () => process.exit(0))

/** The address of a server that listens on a port. Throws where it has none. */
export function addressOf(address: AddressInfo | string | null): AddressInfo {
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  return address
}
