import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { monitoring, root } from './repository.ts'

export interface CheckResult {
  /** Null when the program could not be started. */
  readonly status: number | null
  readonly output: string
}

/** Runs a promtool in the folder of the monitoring files. */
export function createPromtool(program: string) {
  const run = (args: readonly string[], input = ''): CheckResult => {
    const { status, stdout, stderr } = spawnSync(program, args, { cwd: monitoring, input })
    return { status, output: `${stdout}${stderr}` }
  }
  const fromRoot = (files: readonly string[]) => files.map((file) => join(root, file))
  return {
    checkConfig: () => run(['check', 'config', 'prometheus.yml']),
    /** All of its lints are on. */
    checkRules: (files: readonly string[]) =>
      run(['check', 'rules', '--lint=all', ...fromRoot(files)]),
    testRules: (file: string) => run(['test', 'rules', ...fromRoot([file])]),
    /** Status 3 when it finds fault with the page. */
    checkMetrics: (page: string) => run(['check', 'metrics'], page),
  }
}
