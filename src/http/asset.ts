import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { Context } from 'hono'
import { acceptsGzip } from './gzip.ts'

/** A style, script or image of a page. */
export interface Asset {
  /** Differs when the content does; fit for a URL. */
  readonly hash: string
  /** 304 to whoever has it already, otherwise its content, compressed for callers who accept gzip. */
  readonly answer: (context: Context) => Promise<Response>
}

interface AssetOptions {
  readonly type: string
  readonly cacheControl: string
}

const compress = promisify(gzip)

/** Compresses the content once, when it is first asked for. */
export function createAsset(
  content: Buffer<ArrayBuffer>,
  { type, cacheControl }: AssetOptions,
): Asset {
  const hash = createHash('sha256').update(content).digest('base64url').slice(0, 22)
  const etag = `"${hash}"`
  const headers = {
    'content-type': type,
    'cache-control': cacheControl,
    vary: 'accept-encoding',
    etag,
  }
  let compressed: Promise<Buffer<ArrayBuffer>> | undefined

  const send = (
    context: Context,
    body: Buffer<ArrayBuffer>,
    encoding: Readonly<Record<string, string>>,
  ) =>
    context.body(body, 200, {
      ...headers,
      ...encoding,
      'content-length': String(body.length),
    })

  return {
    hash,
    answer: async (context) => {
      if (context.req.header('if-none-match') === etag) return context.body(null, 304, headers)
      if (!acceptsGzip(context.req.header('accept-encoding') ?? ''))
        return send(context, content, {})
      compressed ??= compress(content)
      return send(context, await compressed, { 'content-encoding': 'gzip' })
    },
  }
}
