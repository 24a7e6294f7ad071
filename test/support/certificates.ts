import { execFileSync } from 'node:child_process'
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** PEM files that any account may read. */
export interface Certificate {
  readonly certFile: string
  readonly keyFile: string
}

/** An authority of the test's own, which no system knows. */
export interface Authority {
  readonly caFile: string
  /** A certificate for names such as `DNS:localhost,IP:127.0.0.1`, valid until `days` from now. */
  issue(name: string, names?: string, days?: number): Certificate
}

const newKey = ['-newkey', 'rsa:2048', '-nodes'] as const

/** Makes an authority with its files in a folder. */
export function createAuthority(folder: string, name = 'ca'): Authority {
  const file = (kind: string): string => join(folder, kind)
  const openssl = (...args: readonly string[]): void =>
    void execFileSync('openssl', args, { stdio: 'ignore', cwd: folder })
  const authority = ['-keyout', `${name}.key`, '-out', `${name}.crt`] as const
  openssl('req', '-x509', ...newKey, '-days', '9', '-subj', `/CN=${name}`, ...authority)
  return {
    caFile: file(`${name}.crt`),
    issue: (issued, names = 'DNS:localhost,IP:127.0.0.1', days = 9) => {
      const request = [
        '-subj',
        '/CN=localhost',
        '-keyout',
        `${issued}.key`,
        '-out',
        `${issued}.csr`,
      ]
      openssl('req', ...newKey, ...request)
      writeFileSync(file('names'), `subjectAltName=${names}\n`)
      const signing = ['-CA', `${name}.crt`, '-CAkey', `${name}.key`, '-extfile', 'names']
      const output = ['-days', String(days), '-in', `${issued}.csr`, '-out', `${issued}.crt`]
      openssl('x509', '-req', ...signing, ...output)
      chmodSync(file(`${issued}.key`), 0o644)
      return { certFile: file(`${issued}.crt`), keyFile: file(`${issued}.key`) }
    },
  }
}
