import type { MiddlewareHandler } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { AppError } from '../errors.ts'

const bodyBytesMax = 64 * 1024

/**
 * Reads a body of at most 64 KiB before the route does. Throws `body_too_large`, and `body_incomplete` if the
 * connection broke or a chunk is malformed, neither of which is a server error.
 */
export function readBodies(): MiddlewareHandler {
  const limit = bodyLimit({
    maxSize: bodyBytesMax,
    onError: () => {
      throw new AppError('body_too_large', `a body may have ${bodyBytesMax} bytes at most`)
    },
  })
  return async (context, next) => {
    await readWhole(() =>
      limit(context, async () => {
        if (context.req.raw.body !== null) await context.req.arrayBuffer()
      }),
    )
    await next()
  }
}

/** Runs `read`. Throws `body_incomplete` if the body ends early. */
async function readWhole<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (cause) {
    if (cause instanceof AppError) throw cause
    throw new AppError('body_incomplete', 'the body broke off: send it whole', { cause })
  }
}
