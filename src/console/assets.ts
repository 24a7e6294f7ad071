import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import type { ConsoleRouter } from './environment.ts'

const types = {
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
} as const

const files = {
  style: ['css', new URL('./assets/console.css', import.meta.url)],
  live: ['js', new URL('./assets/live.js', import.meta.url)],
  plots: ['js', new URL('./assets/plots.js', import.meta.url)],
  icon: ['svg', new URL('./assets/icon.svg', import.meta.url)],
  uplot: ['js', new URL(import.meta.resolve('uplot/dist/uPlot.iife.min.js'))],
  uplotStyle: ['css', new URL(import.meta.resolve('uplot/dist/uPlot.min.css'))],
} as const satisfies Record<string, readonly [keyof typeof types, URL]>

type AssetName = keyof typeof files

export interface Assets {
  /** The address of a file; it contains a hash of the content, so that browsers keep it for ever. */
  readonly urlOf: (name: AssetName) => string
  readonly addRoutes: (app: ConsoleRouter) => void
}

/** Reads the styles and scripts of the pages once, and compresses them. */
export function readAssets(): Assets {
  const assets = new Map(
    Object.entries(files).map(([name, [type, url]]) => {
      const content = readFileSync(fileURLToPath(url))
      const hash = createHash('sha256').update(content).digest('hex').slice(0, 16)
      const path = `/console/assets/${name}-${hash}.${type}`
      return [name, { path, hash, type: types[type], content, zipped: gzipSync(content) }]
    }),
  )
  return {
    urlOf: (name) => assets.get(name)?.path ?? '',
    addRoutes: (app) => {
      for (const { path, hash, type, content, zipped } of assets.values())
        app.get(path, (context) => {
          const etag = `"${hash}"`
          const headers = {
            'content-type': type,
            'cache-control': 'public, max-age=31536000, immutable',
            vary: 'accept-encoding',
            etag,
          }
          if (context.req.header('if-none-match') === etag) return context.body(null, 304, headers)
          const isZipped = /\bgzip\b/.test(context.req.header('accept-encoding') ?? '')
          const body = isZipped ? zipped : content
          const encoding = isZipped ? { 'content-encoding': 'gzip' } : {}
          const length = { 'content-length': String(body.length) }
          return context.body(body, 200, { ...headers, ...length, ...encoding })
        })
    },
  }
}
