import { type Context, Hono, type MiddlewareHandler } from 'hono'
import { html } from 'hono/html'
import { AppError } from '../errors.ts'
import { type AddRoutes, toAppError } from '../http/api.ts'
import type { OnChange } from '../http/api-key.ts'
import { refusalOf } from '../http/guard.ts'
import { isLoopback } from '../http/loopback.ts'
import { statusOf } from '../http/problem.ts'
import { readBodies } from '../http/read-body.ts'
import { requestIdOf } from '../http/request-id.ts'
import { readAssets } from './assets.ts'
import type { ConsoleEnv, ConsoleRouter } from './environment.ts'
import type { LiveUpdates } from './live/updates.ts'
import type { ConsoleAction, ConsolePage, PageRequest } from './page.ts'
import { sections } from './pages/registry.ts'
import { problemPage } from './problem-page.ts'
import { createSessions, type SessionOptions, signInProblem } from './session/routes.ts'
import { createShow, keepNotice, type Show } from './show.ts'
import type { ConsoleUseCases } from './use-cases.ts'

export interface ConsoleOptions {
  readonly use: ConsoleUseCases
  readonly session: SessionOptions
  readonly live: LiveUpdates
  /** Called with every change, for the audit log. */
  readonly onChange: OnChange
  /** Called with every error that is our fault. */
  readonly onFault: (error: unknown, requestId: string) => void
}

/** The operator's pages, from `/` on: rendered here, usable without scripts. */
export function consoleRoutes(options: ConsoleOptions): AddRoutes {
  const { use, session, live } = options
  const assets = readAssets()
  const show = createShow(use, assets, session.now)
  const sessions = createSessions(session, show)
  const guard = guardPages(session.publicUrl)

  /** Sends whoever has not signed in to do so; a form or a live page is refused instead. */
  const requireViewer: MiddlewareHandler<ConsoleEnv> = async (context, next) => {
    const viewer = sessions.viewerOf(context)
    const { method, path, url } = context.req
    if (viewer === undefined && isFromElsewhere(context)) return context.html(reopened)
    if (viewer === undefined && method === 'GET' && path !== eventsPath)
      return context.redirect(`/sign-in?to=${encodeURIComponent(path + new URL(url).search)}`, 303)
    if (viewer === undefined)
      throw new AppError('forbidden', 'the session has ended: sign in and try again')
    context.set('viewer', viewer)
    return next()
  }

  return (api) => {
    const app: ConsoleRouter = new Hono<ConsoleEnv>()
    app.onError((thrown, context) => showFailure(thrown, context, options, show))
    assets.addRoutes(app)
    for (const path of ['/sign-in', '/sign-out']) app.use(path, guard, readBodies())
    sessions.addRoutes(app)
    app.get(eventsPath, guard, requireViewer, () => live.open())
    for (const { pages, actions } of sections) {
      for (const page of pages)
        app.get(page.path, guard, requireViewer, (context) =>
          answerPage(context, page, options, show),
        )
      for (const action of actions)
        app.post(action.path, guard, readBodies(), requireViewer, (context) =>
          answerAction(context, action, options, show),
        )
    }
    api.route('/', app)
  }
}

const eventsPath = '/console/events'

/** A link on another site, such as in a message or a dashboard, comes without our cookie, which is SameSite=Strict. */
function isFromElsewhere({ req }: Context<ConsoleEnv>): boolean {
  return req.method === 'GET' && req.header('sec-fetch-site') === 'cross-site'
}

/** Opens the page once more from our own site, with the cookie if there is one. */
const reopened = html`<!doctype html>
<html lang="en"><head><title>countinghouse</title><meta http-equiv="refresh" content="0"></head>
<body><p><a href="">Continue</a></p></body></html>
`

/** The rules for pages with a cookie: called by our own name, and changed by our own pages alone. */
function guardPages(publicUrl: string | undefined): MiddlewareHandler<ConsoleEnv> {
  return (context, next) => {
    const refusal = refusalOf(context.req.raw, isLoopback, publicUrl)
    if (refusal !== undefined) throw refusal
    return next()
  }
}

async function answerPage(
  context: Context<ConsoleEnv>,
  page: ConsolePage,
  options: ConsoleOptions,
  show: Show,
): Promise<Response> {
  return show(context, await page.render(requestOf(context, options)), 200)
}

async function answerAction(
  context: Context<ConsoleEnv>,
  action: ConsoleAction,
  options: ConsoleOptions,
  show: Show,
): Promise<Response> {
  const { canOperate, keyName } = context.get('viewer')
  if (!canOperate)
    throw new AppError(
      'forbidden',
      'the API key may only read: sign in with one that has the scope operate, or ask the operator',
    )
  const form = new URLSearchParams(await context.req.text())
  const outcome = await action.run({ ...requestOf(context, options), form })
  if ('problem' in outcome) return show(context, outcome.problem, 400)
  if ('preview' in outcome) return show(context, outcome.preview, 200)
  const { method, path } = context.req
  options.onChange({ key: keyName, method, path, status: 303, requestId: requestIdOf(context.env) })
  keepNotice(context, outcome.notice)
  return context.redirect(outcome.to, 303)
}

function requestOf(context: Context<ConsoleEnv>, { use, session }: ConsoleOptions): PageRequest {
  return {
    use,
    viewer: context.get('viewer'),
    params: context.req.param(),
    query: new URL(context.req.url).searchParams,
    now: session.now(),
  }
}

async function showFailure(
  thrown: unknown,
  context: Context<ConsoleEnv>,
  { onFault }: ConsoleOptions,
  show: Show,
): Promise<Response> {
  const error = toAppError(thrown)
  const requestId = requestIdOf(context.env)
  const status = statusOf(error.code)
  if (status >= 500) onFault(thrown, requestId)
  const page =
    error.code === 'unauthorized'
      ? await signInProblem(context, error)
      : problemPage(error, status, requestId)
  return show(context, page, status)
}
