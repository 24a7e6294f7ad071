import { existsSync } from 'node:fs'
import { enableCompileCache } from 'node:module'

const [major] = process.versions.node.split('.').map(Number)
if (major < 26) {
  process.stderr.write(
    `countinghouse needs Node 26 or later and this is ${process.version}: ` +
      'run it by "npm start", which brings its own, or install Node 26.\n',
  )
  process.exit(1)
}
enableCompileCache()
if (existsSync('.env')) process.loadEnvFile('.env')
const [command, ...args] = process.argv.slice(2)
if (command === undefined) {
  const { main } = await import('./main.ts')
  await main()
} else {
  const { runCommand } = await import('./commands/run-command.ts')
  await runCommand(command, args)
}
