import { copyFileSync, renameSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'

/** What is done to a ledger's files under a running service. Whatever is written afterwards is lost. */
export type Loss = (path: string) => void

function removeAll(path: string): void {
  for (const suffix of ['', '-wal', '-shm']) rmSync(`${path}${suffix}`, { force: true })
}

/** By name, each round one. */
export const losses: Readonly<Record<string, Loss>> = {
  'all removed': removeAll,
  'the ledger removed': (path) => rmSync(path),
  'the -wal removed': (path) => rmSync(`${path}-wal`),
  'the -shm removed': (path) => rmSync(`${path}-shm`),
  'the -wal and the -shm removed': (path) => {
    rmSync(`${path}-wal`)
    rmSync(`${path}-shm`)
  },
  'replaced by an empty file': (path) => {
    removeAll(path)
    writeFileSync(path, '')
  },
  'cut to nothing': (path) => truncateSync(path, 0),
  'cut to half': (path) => truncateSync(path, statSync(path).size / 2),
  'the -wal cut to nothing': (path) => truncateSync(`${path}-wal`, 0),
  'a copy renamed into its place': (path) => {
    copyFileSync(path, `${path}.copy`)
    renameSync(`${path}.copy`, path)
  },
  'a copy of the -wal renamed into its place': (path) => {
    copyFileSync(`${path}-wal`, `${path}.copy`)
    renameSync(`${path}.copy`, `${path}-wal`)
  },
}
