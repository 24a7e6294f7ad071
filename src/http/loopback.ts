import { BlockList, isIPv4, isIPv6 } from 'node:net'

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8)
loopback.addAddress('::1', 'ipv6')

/**
 * Whether a host name or address means this machine alone: 127.0.0.0/8, ::1 with or without brackets,
 * `localhost` and names below it (RFC 6761). Pure.
 */
export function isLoopback(host: string): boolean {
  const name = withoutBrackets(host).toLowerCase()
  if (isIPv4(name)) return loopback.check(name)
  if (isIPv6(name)) return loopback.check(name, 'ipv6')
  return /^(.+\.)?localhost\.?$/.test(name)
}

/** `[::1]` as sockets want it: `::1`. */
export function withoutBrackets(host: string): string {
  return /^\[.*\]$/.test(host) ? host.slice(1, -1) : host
}
