import { execFileSync, spawnSync } from 'node:child_process'
import type { TestProject } from 'vitest/node'
import { type Build, type FoundTools, findTools } from './find-tools.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** The real programs, and what is missing of them. */
    readonly tools: FoundTools
  }
}

const script = new URL('build-tools.sh', import.meta.url).pathname

/** Its output goes to the terminal: it takes minutes. */
const build: Build = (program) =>
  execFileSync('bash', [script, program], { stdio: ['ignore', 'pipe', 'inherit'] })
    .toString()
    .trim()

function hasGo(): boolean {
  return spawnSync('go', ['version']).status === 0
}

/** Finds or builds the real programs once for all files, and names what is missing. */
export function setup(project: TestProject): void {
  const tools = findTools(process.env.PATH ?? '', hasGo() ? build : undefined)
  project.provide('tools', tools)
  for (const { text } of tools.problems) process.stdout.write(`${text}\n`)
}
