import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { createAsset } from '../http/asset.ts'
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

/** Reads the styles and scripts of the pages once. */
export function readAssets(): Assets {
  const assets = new Map(
    Object.entries(files).map(([name, [extension, url]]) => {
      const asset = createAsset(readFileSync(fileURLToPath(url)), {
        type: types[extension],
        cacheControl: 'public, max-age=31536000, immutable',
      })
      return [name, { ...asset, path: `/console/assets/${name}-${asset.hash}.${extension}` }]
    }),
  )
  return {
    urlOf: (name) => assets.get(name)?.path ?? '',
    addRoutes: (app) => {
      for (const { path, answer } of assets.values()) app.get(path, answer)
    },
  }
}
