import { timingSafeEqual } from 'node:crypto'
import type { Context } from 'hono'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import { type ApiKey, digestOf } from '../../config/api-keys.ts'
import { AppError } from '../../errors.ts'
import type { ConsoleEnv, ConsoleRouter } from '../environment.ts'
import type { PageContent, Viewer } from '../page.ts'
import type { Show } from '../show.ts'
import { createSession, readSession, sessionSeconds } from './cookie.ts'
import { ownPath, signInPage } from './sign-in-page.ts'
import { insecureBecause } from './transport.ts'

export interface SessionOptions {
  /** None: everybody on this machine may operate. */
  readonly keys: readonly ApiKey[]
  readonly publicUrl: string | undefined
  /** Whether an address is that of a proxy in TRUSTED_PROXIES. */
  readonly isProxy: (address: string) => boolean
  readonly now: () => number
}

export interface Session {
  readonly addRoutes: (app: ConsoleRouter) => void
  /** The viewer of a request; undefined if nobody is signed in. */
  readonly viewerOf: (context: Context<ConsoleEnv>) => Viewer | undefined
}

const local: Viewer = { keyId: 'local', keyName: 'local', canOperate: true }
const cookieName = 'console'

/** Signing in with an API key, for pages in a browser. */
export function createSessions(options: SessionOptions, show: Show): Session {
  const { keys, now } = options
  return {
    viewerOf: (context) => {
      if (keys.length === 0) return local
      const cookie = getCookie(context, cookieName, 'host')
      return cookie === undefined ? undefined : readSession(cookie, keys, now())
    },
    addRoutes: (app) => {
      if (keys.length === 0) return
      app.get('/sign-in', (context) => {
        const refusal = refusalOf(context, options)
        const to = ownPath(context.req.query('to'))
        const page = signInPage({ to, problem: undefined, insecureBecause: refusal })
        return show(context, page, refusal === undefined ? 200 : 403)
      })
      app.post('/sign-in', (context) => signIn(context, options))
      app.post('/sign-out', (context) => {
        deleteCookie(context, cookieName, { path: '/', secure: true, prefix: 'host' })
        return context.redirect('/sign-in', 303)
      })
    },
  }
}

/** Throws `unauthorized` for a wrong key, which counts as a failed attempt, and `forbidden` over plain http. */
async function signIn(context: Context<ConsoleEnv>, options: SessionOptions): Promise<Response> {
  const refusal = refusalOf(context, options)
  if (refusal !== undefined) throw new AppError('forbidden', `signing in is refused: ${refusal}`)
  const form = new URLSearchParams(await context.req.text())
  const given = digestOf(form.get('key')?.trim() ?? '')
  const [key] = options.keys.filter(({ digest }) => timingSafeEqual(digest, given))
  if (key === undefined)
    throw new AppError(
      'unauthorized',
      'the API key is not one of API_KEYS: check it, or ask the operator',
    )
  setCookie(context, cookieName, createSession(key, options.now()), {
    prefix: 'host',
    secure: true,
    path: '/',
    httpOnly: true,
    sameSite: 'Strict',
    maxAge: sessionSeconds,
  })
  return context.redirect(ownPath(form.get('to')), 303)
}

function refusalOf(
  context: Context<ConsoleEnv>,
  { publicUrl, isProxy }: SessionOptions,
): string | undefined {
  const address = context.env.incoming.socket.remoteAddress ?? ''
  const { headers } = context.req.raw
  return insecureBecause({ headers, isFromProxy: isProxy(address), publicUrl })
}

/** The form again, after a wrong key. */
export async function signInProblem(
  context: Context<ConsoleEnv>,
  { message }: AppError,
): Promise<PageContent> {
  const to = ownPath(new URLSearchParams(await context.req.text()).get('to'))
  return signInPage({ to, problem: message, insecureBecause: undefined })
}
