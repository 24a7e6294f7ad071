import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { monitoring } from './repository.ts'

/** The shipped configuration in a folder, with a faster clock. */
export interface ConfiguredPrometheus {
  readonly file: string
  /** Writes the targets of one job, as an operator does. */
  target(job: string, metricsUrls: readonly string[]): void
}

/** Copies the shipped files into a folder; `change` edits the configuration as an operator does. */
export function configurePrometheus(
  folder: string,
  change: (text: string) => string = (text) => text,
): ConfiguredPrometheus {
  cpSync(monitoring, folder, { recursive: true })
  const file = join(folder, 'prometheus.yml')
  const faster = readFileSync(file, 'utf8').replaceAll(/(interval|timeout): \d+s/g, '$1: 1s')
  writeFileSync(file, change(faster))
  return {
    file,
    target: (job, metricsUrls) => {
      const targets = metricsUrls.map((url) => new URL(url).host)
      writeFileSync(join(folder, `targets/${job}.yml`), JSON.stringify([{ targets }]))
    },
  }
}
