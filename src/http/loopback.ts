import { BlockList, isIPv4, isIPv6 } from 'node:net'

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8)
loopback.addAddress('::1', 'ipv6')

/**
 * Whether a host name or address is a loopback one: 127.0.0.0/8, ::1 with or without brackets,
 * `localhost` and names below it (RFC 6761). Pure.
 */
export function isLoopback(host: string): boolean {
  const name = withoutBrackets(host).toLowerCase()
  if (isIPv4(name)) return loopback.check(name)
  if (isIPv6(name)) return loopback.check(name, 'ipv6')
  return /^(.+\.)?localhost\.?$/.test(name)
}

/** Removes the brackets of an IPv6 address, which sockets do not accept. */
export function withoutBrackets(host: string): string {
  return /^\[.*\]$/.test(host) ? host.slice(1, -1) : host
}
