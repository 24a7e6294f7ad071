import type { Context } from 'hono'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import type { Assets } from './assets.ts'
import type { ConsoleEnv } from './environment.ts'
import { layout } from './layout.ts'
import type { PageContent } from './page.ts'
import { sections } from './pages/registry.ts'
import { trustStrip } from './trust-strip.ts'
import type { ConsoleUseCases } from './use-cases.ts'

/** Responds with a whole page. */
export type Show = (
  context: Context<ConsoleEnv>,
  content: PageContent,
  status: number,
) => Promise<Response>

const noticeCookie = 'console_notice'
const noticeSeconds = 20

/** Keeps what an action did for the next page, which shows it once. */
export function keepNotice(context: Context<ConsoleEnv>, notice: string): void {
  setCookie(context, noticeCookie, notice, {
    path: '/',
    httpOnly: true,
    sameSite: 'Strict',
    maxAge: noticeSeconds,
  })
}

/** Puts the frame around the content of a page: navigation, trust strip, notice. */
export function createShow(use: ConsoleUseCases, assets: Assets, now: () => number): Show {
  const { service, tryIt } = use
  const frame = { assets, sections, service, shopUrl: tryIt?.shopUrl }
  const policy = policyOf(tryIt?.shopUrl)

  return async (context, content, status) => {
    const viewer = context.get('viewer')
    // If it cannot be read, the strip says that.
    const trust = viewer === undefined ? undefined : await use.readTrust().catch(() => undefined)
    const page = layout(frame, {
      content,
      path: context.req.path,
      viewer,
      version: trust?.version ?? '',
      health: trust?.health,
      strip: viewer === undefined ? undefined : trustStrip(trust, now()),
      notice: viewer === undefined ? undefined : takeNotice(context),
    })
    const answer = await context.html(page)
    const headers = new Headers(answer.headers)
    headers.set('cache-control', 'no-store')
    headers.set('content-security-policy', policy)
    // With no-referrer a browser sends `Origin: null` with our own forms.
    headers.set('referrer-policy', 'same-origin')
    return new Response(answer.body, { status, headers })
  }
}

function takeNotice(context: Context<ConsoleEnv>): string | undefined {
  const notice = getCookie(context, noticeCookie)
  if (notice !== undefined) deleteCookie(context, noticeCookie, { path: '/' })
  return notice
}

/** Everything comes from our own origin; a form may lead to the emulator's pay page. */
function policyOf(shopUrl: string | undefined): string {
  const forms = shopUrl === undefined ? "'self'" : `'self' ${new URL(shopUrl).origin}`
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    `form-action ${forms}`,
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
}
