import { expect, test } from 'vitest'
import type { Command } from '../../src/commands/command.ts'
import { commands } from '../../src/commands/registry.ts'

/** Runs a command in a place without any setting: asking for help needs none. */
async function run(name: string, args: readonly string[]) {
  const command: Command | undefined = await commands[name]?.()
  if (command === undefined) throw new Error(`there is no command ${name}`)
  const lines: string[] = []
  const exitCode = await command({
    get config(): never {
      throw new Error('the settings were read')
    },
    args,
    now: Date.now,
    print: (line: string) => void lines.push(line),
  })
  return { exitCode, text: lines.join('\n') }
}

const names = Object.keys(commands)

test('there are commands', () => expect(names.length).toBeGreaterThan(6))

test.each(names)(
  'npm run %s -- --help explains each option and needs no settings',
  async (name) => {
    const { exitCode, text } = await run(name, ['--help'])
    expect(exitCode).toBe(0)
    expect(text).toMatch(new RegExp(`^npm run ${name} -- `))
    expect(text).toContain('Exit codes: 0 ')
    const [usage = ''] = text.split('\n')
    for (const [option] of usage.matchAll(/--[a-z]+[a-z-]*/g))
      expect(text).toMatch(new RegExp(`^  ${option}( \\S+)?  +\\S`, 'm'))
    for (const option of ['--json', '--help']) expect(text).toContain(`  ${option} `)
  },
)

test.each(names)(
  'npm run %s with an option that it does not have shows its usage',
  async (name) => {
    const wrong = Promise.resolve().then(() => run(name, ['--wrong']))
    await expect(wrong).rejects.toThrow(`usage: npm run ${name} -- `)
  },
)

test('an argument that a command does not take is not repeated: it may be an address with a password', async () => {
  const wrong = Promise.resolve().then(() =>
    run('move-ledger', ['postgres://app:canary@db.example.com/shop']),
  )
  await expect(wrong).rejects.toThrow('a value without a name')
  await expect(wrong).rejects.not.toThrow('canary')
})
