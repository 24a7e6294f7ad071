// Node strips the types of TypeScript everywhere but below node_modules, where this package is installed:
// https://nodejs.org/api/typescript.html#type-stripping-in-dependencies
import { readFileSync } from 'node:fs'
import { registerHooks, stripTypeScriptTypes } from 'node:module'
import { fileURLToPath } from 'node:url'

const own = new URL('../../', import.meta.url).href

registerHooks({
  load: (url, context, nextLoad) => {
    if (
      !url.startsWith(own) ||
      !url.endsWith('.ts') ||
      url.slice(own.length).includes('node_modules/')
    )
      return nextLoad(url, context)
    const source = stripTypeScriptTypes(readFileSync(fileURLToPath(url), 'utf8'))
    return { format: 'module', source, shortCircuit: true }
  },
})
