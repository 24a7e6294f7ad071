import type { MiddlewareHandler } from 'hono'

const address = /^(\d{1,3}(\.\d{1,3}){3}|\[[\da-f:]+\])$/i

/**
 * Whether a page may be asked for under this name. A foreign site that points its own name at this
 * machine (DNS rebinding) needs a name with a dot; addresses and plain machine names are ours.
 */
export function isOurHost(host: string): boolean {
  const name = host.replace(/:\d+$/, '').toLowerCase()
  return address.test(name) || !name.includes('.') || name.endsWith('.localhost')
}

/** Refuses browsers that come by a foreign name or from a foreign page. */
export const guard: MiddlewareHandler = async (c, next) => {
  const host = c.req.header('host') ?? ''
  if (!isOurHost(host)) return c.text('The emulator answers on this machine only.\n', 403)
  const origin = c.req.header('origin')
  const read = c.req.method === 'GET' || c.req.method === 'HEAD'
  if (!read && origin !== undefined && origin !== `http://${host}`)
    return c.text('Another site may not act on the emulator.\n', 403)
  return next()
}
