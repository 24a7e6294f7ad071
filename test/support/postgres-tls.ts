import { execFileSync } from 'node:child_process'
import { appendFileSync, chmodSync, copyFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Certificate } from './certificates.ts'
import type { PostgresServer } from './postgres-server.ts'

/** Restarts the server with a certificate, or with another one. */
export function serveTls(server: PostgresServer, { certFile, keyFile }: Certificate): void {
  for (const [from, name] of [
    [certFile, 'server.crt'],
    [keyFile, 'server.key'],
  ] as const) {
    const to = join(server.dataFolder, name)
    copyFileSync(from, to)
    chmodSync(to, 0o600)
    if (process.getuid?.() === 0) execFileSync('chown', ['nobody', to])
  }
  setTls(server, 'on')
}

/** Restarts the server with TLS on or off. */
export function setTls(server: PostgresServer, value: 'on' | 'off'): void {
  appendFileSync(join(server.dataFolder, 'postgresql.auto.conf'), `ssl = ${value}\n`)
  server.stop('fast')
  server.start()
}
