import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { temporaryFolder } from '../support/temporary-folder.ts'

const root = join(import.meta.dirname, '../..')

/**
 * Copies the tree, with what is not committed yet, to a folder outside the repository that is removed with
 * the stack. Packages are hard links, so no test may write below node_modules. Returns the folder.
 */
export function copyTree(stack: AsyncDisposableStack): string {
  const folder = temporaryFolder(stack)
  for (const file of listFiles()) {
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    cpSync(join(root, file), join(folder, file))
  }
  execFileSync('cp', ['-al', join(root, 'node_modules'), join(folder, 'node_modules')])
  return folder
}

function listFiles(): readonly string[] {
  const listed = git('ls-files', '--cached', '--others', '--exclude-standard')
  return listed.filter((file) => existsSync(join(root, file)))
}

/** Returns the files that differ from a commit, committed or not. */
export function filesChangedSince(commit: string): ReadonlySet<string> {
  return new Set(git('diff', '--name-only', commit, '--'))
}

function git(...args: readonly string[]): readonly string[] {
  return execFileSync('git', args, { cwd: root, encoding: 'utf8' })
    .split('\n')
    .filter((line) => line !== '')
}
