import { html } from 'hono/html'
import type { Health } from '../health/read-health.ts'
import type { Assets } from './assets.ts'
import { number } from './format.ts'
import type { ConsoleSection, Html, PageContent, Viewer } from './page.ts'
import type { ServiceFacts } from './use-cases.ts'

/** What a page has around its content. */
export interface Frame {
  readonly assets: Assets
  readonly sections: readonly ConsoleSection[]
  readonly service: ServiceFacts
  readonly shopUrl: string | undefined
}

export interface FramedPage {
  readonly content: PageContent
  /** The path of the page, which marks its entry in the navigation. */
  readonly path: string
  /** Undefined on pages before signing in, which have no navigation. */
  readonly viewer: Viewer | undefined
  /** The state that the page shows; live updates replace it when there is another. */
  readonly version: string
  readonly strip: Html | undefined
  /** Undefined if it cannot be read: the navigation counts nothing then. */
  readonly health: Health | undefined
  /** What an action did, shown once. */
  readonly notice: string | undefined
}

/** A whole page: landmarks, navigation, the trust strip and the content. It works without its scripts. */
export function layout(frame: Frame, page: FramedPage): Html {
  const { assets } = frame
  const { content, viewer, version, strip, notice } = page
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${content.title} · countinghouse</title>
<link rel="icon" href="${assets.urlOf('icon')}">
${content.hasPlots ? html`<link rel="stylesheet" href="${assets.urlOf('uplotStyle')}">` : ''}
<link rel="stylesheet" href="${assets.urlOf('style')}">
${scriptsOf(frame, page)}
</head>
<body data-version="${version}">
<a class="skip" href="#content">Skip to the content</a>
<header class="top">
  <a class="brand" href="/"><img src="${assets.urlOf('icon')}" alt="" width="20" height="20">countinghouse</a>
  ${viewer === undefined ? '' : signedIn(frame, page, viewer)}
</header>
${strip ?? ''}
<main id="content" tabindex="-1">
<h1>${content.title}</h1>
${notice === undefined ? '' : html`<p class="notice" role="status">${notice}</p>`}
${content.body}
</main>
${viewer === undefined ? '' : footer(frame)}
</body>
</html>
`
}

function scriptsOf({ assets }: Frame, { content, viewer }: FramedPage): Html {
  const live = html`<script src="${assets.urlOf('live')}" defer></script>`
  const plots = html`
<script src="${assets.urlOf('uplot')}" defer></script>
<script src="${assets.urlOf('plots')}" defer></script>`
  // The live script first: it remembers the page as it was sent.
  return html`${viewer === undefined ? '' : live}${content.hasPlots ? plots : ''}`
}

/** Whoever has not signed in sees nothing of the service. */
function signedIn(frame: Frame, page: FramedPage, viewer: Viewer): Html {
  const { mode } = frame.service
  return html`<span class="mode ${mode}">${mode}</span>${navigation(frame, page)}${account(frame, viewer)}`
}

function navigation({ sections }: Frame, { path, health }: FramedPage): Html {
  return html`
  <nav aria-label="Pages" data-live="pages"><ul>${sections.map((section) => {
    const { path: own, name } = section
    const isHere = path === own || (own !== '/' && path.startsWith(`${own}/`))
    const current = isHere ? html` aria-current="page"` : ''
    return html`<li><a id="to${own.replaceAll('/', '-')}" href="${own}"${current}>${name}${countOf(section, health)}</a></li>`
  })}</ul></nav>`
}

/** How much waits in a section; nothing is shown for none. */
function countOf({ waiting }: ConsoleSection, health: Health | undefined): Html {
  const count = waiting === undefined || health === undefined ? 0 : waiting.of(health)
  if (count === 0) return html``
  return html` <span class="tag bad">${number(count)}<span class="hidden"> ${waiting?.name}</span></span>`
}

function account({ service }: Frame, { keyName, canOperate }: Viewer): Html {
  if (!service.needsKey) return html``
  return html`
  <form class="account" method="post" action="/sign-out">
    <span>${keyName}${canOperate ? '' : ' (read)'}</span><button class="quiet">Sign out</button>
  </form>`
}

function footer({ service, shopUrl }: Frame): Html {
  return html`
<footer class="bottom"><ul>
  <li><a href="/docs">API</a></li>
  ${shopUrl === undefined ? '' : html`<li><a href="${shopUrl}">Shop of the emulator</a></li>`}
  <li>countinghouse ${service.version}, ledger <code>${service.ledgerId}</code></li>
</ul></footer>`
}
