import type { Mutant } from '../mutant.ts'

const signIn = 'test/console/sign-in.test.ts'
const pages = 'test/console/pages.test.ts'

/** The operator's page: sessions, scopes, forms of other sites, https. */
export const consoleMutants: readonly Mutant[] = [
  {
    id: 'session-not-verified',
    file: 'src/console/session/cookie.ts',
    find: 'return isOurs && Number(until) * 1000 > nowMs ?',
    replace: 'return Number(until) * 1000 > nowMs ?',
    tests: [signIn],
  },
  {
    id: 'session-without-end',
    file: 'src/console/session/cookie.ts',
    find: 'return isOurs && Number(until) * 1000 > nowMs ?',
    replace: 'return isOurs ?',
    tests: [signIn],
  },
  {
    id: 'session-end-not-signed',
    file: 'src/console/session/cookie.ts',
    find: '${key.scope} ${until}`',
    replace: '${key.scope}`',
    tests: [signIn],
  },
  {
    id: 'read-key-acts-on-a-page',
    file: 'src/console/console.ts',
    find: 'if (!canOperate)',
    replace: 'if (canOperate === undefined)',
    tests: [pages],
  },
  {
    id: 'form-of-another-site-acts',
    file: 'src/console/console.ts',
    find: 'if (refusal !== undefined) throw refusal',
    replace: '',
    tests: [pages],
  },
  {
    id: 'change-on-a-page-not-audited',
    file: 'src/console/console.ts',
    find: 'onChange({ key: keyName, method, path, status: 303, requestId: requestIdOf(context.env) })',
    replace: '',
    tests: [pages],
  },
  {
    id: 'forwarded-proto-of-anybody-believed',
    file: 'src/console/session/transport.ts',
    find: 'if (isFromProxy && forwarded !== undefined)',
    replace: 'if (forwarded !== undefined)',
    tests: [signIn],
  },
  {
    id: 'key-over-plain-http',
    file: 'src/console/session/transport.ts',
    find: "return isHttps && headers.has('sec-fetch-site') ?",
    replace: 'return isHttps ?',
    tests: [signIn],
  },
  {
    id: 'sign-in-leads-to-another-site',
    file: 'src/console/session/sign-in-page.ts',
    find: 'return to && /^\\/(?![/\\\\])[^\\\\\\s]*$/.test(to) ? to :',
    replace: 'return to ? to :',
    tests: [signIn],
  },
]
