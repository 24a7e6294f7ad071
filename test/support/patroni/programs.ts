import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

const debianFolder = '/usr/lib/postgresql'

/** Why a cluster cannot be started here; undefined when it can. */
export function missingForPatroni(): string | undefined {
  if (process.getuid?.() !== 0) return 'its PostgreSQL runs as another account, which needs root'
  const missing = ['patroni', 'etcd', 'haproxy', 'setpriv', 'pgrep'].filter(
    (name) => !isOnPath(name),
  )
  if (missing.length > 0)
    return `${missing.join(', ')} not installed (Debian: patroni etcd-server haproxy postgresql)`
  return serverPrograms() === undefined ? `no PostgreSQL in ${debianFolder}` : undefined
}

/** The folder of the programs of the newest PostgreSQL that Debian's packages installed. */
export function serverPrograms(): string | undefined {
  const versions = existsSync(debianFolder) ? readdirSync(debianFolder) : []
  const [newest] = versions.toSorted((one, other) => Number(other) - Number(one))
  return newest === undefined ? undefined : join(debianFolder, newest, 'bin')
}

function isOnPath(program: string): boolean {
  try {
    execFileSync('which', [program], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
