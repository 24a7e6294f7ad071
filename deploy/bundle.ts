import { rmSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { type Plugin, rolldown } from 'rolldown'

const help = `npm run bundle [-- --to <folder>]

Puts the service, its commands and the packages that they import into a few files of JavaScript, which start in about
half of the time of a thousand files and take over 20 MB less memory. Pages and styles are read from src and node_modules.
The sources and node_modules must stay where they are.

  --to <folder>   dist by default, whose content is replaced; node_modules must be beside it or above
  --help          show this help
`

const root = resolve(import.meta.dirname, '..')

await main()

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      to: { type: 'string', default: 'dist' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) process.stdout.write(help)
  else await bundle(resolve(root, values.to))
}

async function bundle(folder: string): Promise<void> {
  const build = await rolldown({
    input: join(root, 'src/start.mjs'),
    cwd: root,
    platform: 'node',
    plugins: [keepFilePlaces(folder)],
  })
  rmSync(folder, { recursive: true, force: true })
  const { output } = await build.write({
    dir: folder,
    format: 'esm',
    // Stripe's client, for one, tells its errors by the name of their class.
    keepNames: true,
    entryFileNames: '[name].mjs',
    chunkFileNames: '[name]-[hash].mjs',
  })
  await build.close()
  process.stdout.write(`${output.length} files in ${relative(process.cwd(), folder) || folder}\n`)
}

/** A file that names others by its own address finds them from the bundle too. */
function keepFilePlaces(folder: string): Plugin {
  return {
    name: 'keep-file-places',
    transform: (code, id) => {
      if (id.includes('node_modules') || !code.includes('import.meta.url')) return null
      const place = JSON.stringify(relative(folder, id))
      return code.replaceAll('import.meta.url', `new URL(${place}, import.meta.url).href`)
    },
  }
}
