/**
 * A request on a connection of its own: a kept one may be closed by the other side at the very moment
 * it is used again, which on a busy machine is often enough to be taken for a fault of the service.
 */
export function fetchOnce(
  url: string | URL,
  init: Omit<RequestInit, 'headers'> & { readonly headers?: Readonly<Record<string, string>> } = {},
): Promise<Response> {
  return fetch(url, { ...init, headers: { ...init.headers, connection: 'close' } })
}
