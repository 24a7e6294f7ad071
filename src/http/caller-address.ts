import { BlockList, isIP, isIPv6 } from 'node:net'

/** Determines a caller's address from the socket and, behind a proxy, from `X-Forwarded-For`. */
export type AddressOf = (socketAddress: string, forwardedFor: string | undefined) => string

/**
 * The returned function returns the socket's address or, behind a trusted proxy, the last address in
 * `X-Forwarded-For` that is not a trusted proxy's: callers can forge everything before it. IPv6 is reduced
 * to its /64, which one caller usually has alone. Throws a `RangeError` for a malformed proxy.
 */
export function createAddressOf(trustedProxies: readonly string[]): AddressOf {
  const isTrusted = createIsTrusted(trustedProxies)
  return (socketAddress, forwardedFor) => {
    const hops = (forwardedFor ?? '').split(',').map((hop) => plain(hop.trim()))
    let address = plain(socketAddress)
    while (isTrusted(address)) {
      const hop = hops.pop()
      if (hop === undefined || isIP(hop) === 0) break
      address = hop
    }
    return isIPv6(address) ? networkOf(address) : address
  }
}

/** Whether a socket's address is that of a trusted proxy. Throws a `RangeError` for a malformed proxy. */
export function createIsTrusted(trustedProxies: readonly string[]): (address: string) => boolean {
  const trusted = new BlockList()
  for (const proxy of trustedProxies) trust(trusted, proxy)
  return (address) => {
    const own = plain(address)
    return isIP(own) !== 0 && trusted.check(own, isIPv6(own) ? 'ipv6' : 'ipv4')
  }
}

function trust(list: BlockList, proxy: string): void {
  const [address = '', prefix, ...rest] = proxy.split('/')
  const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
  const bits = Number(prefix ?? (family === 'ipv6' ? 128 : 32))
  if (isIP(address) === 0 || rest.length > 0 || prefix === '') throw new RangeError(proxy)
  list.addSubnet(address, bits, family)
}

/** Converts an IPv4-mapped IPv6 address of a dual-stack socket to IPv4. */
function plain(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '')
}

function networkOf(address: string): string {
  const [head = '', tail] = new URL(`http://[${address.replace(/%.*$/, '')}]/`).hostname
    .slice(1, -1)
    .split('::')
  const groups = head === '' ? [] : head.split(':')
  const after = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = Array.from({ length: 8 - groups.length - after.length }, () => '0')
  return `${[...groups, ...zeros, ...after].slice(0, 4).join(':')}::/64`
}
