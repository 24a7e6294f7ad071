const loopbackHosts: ReadonlySet<string> = new Set(['127.0.0.1', 'localhost', '[::1]'])

/** Whether a URL's hostname is this machine, where a receiver needs no TLS. */
export function isLoopbackHost(hostname: string): boolean {
  return loopbackHosts.has(hostname)
}
