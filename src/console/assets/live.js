// Keeps the open page up to date: replaces its live regions when the service reports a change.

const refreshMs = 60_000
const againMs = 1_000

let source
let timer
let isWanted = false
let isLoading = false
/** The version of what the page shows, and the last one that the service reported. */
let version = document.body.dataset.version
let reported = version

/** The region's element that has the focus, by its id, so that it can have it again. */
function focusedIn(region) {
  const { activeElement } = document
  return region.contains(activeElement) && activeElement.id !== '' ? activeElement.id : undefined
}

/** Whether somebody is typing in it, has opened a menu of it, or has ticked something. */
function isInUse(region) {
  const { activeElement } = document
  if (region.querySelector('input:checked') !== null) return true
  return region.contains(activeElement) && /^(INPUT|SELECT|TEXTAREA)$/.test(activeElement.tagName)
}

/** What the service sent for each region, which scripts may have changed since. */
const sent = new Map()

function replaceRegion(region, next) {
  if (isInUse(region) || sent.get(region) === next.innerHTML) return
  sent.set(region, next.innerHTML)
  const focused = focusedIn(region)
  const opened = [...region.querySelectorAll('details[open][id]')].map(({ id }) => id)
  region.replaceChildren(...next.childNodes)
  for (const id of opened) document.getElementById(id)?.setAttribute('open', '')
  if (focused !== undefined) document.getElementById(focused)?.focus({ preventScroll: true })
  region.dispatchEvent(new CustomEvent('replaced', { bubbles: true }))
}

async function refresh() {
  if (document.visibilityState === 'hidden') return
  if (isLoading) {
    isWanted = true
    return
  }
  isLoading = true
  try {
    const answer = await fetch(location.href, { headers: { 'x-live': '1' } })
    if (!answer.ok || answer.redirected) return
    const next = new DOMParser().parseFromString(await answer.text(), 'text/html')
    version = next.body.dataset.version
    for (const region of document.querySelectorAll('[data-live]')) {
      const found = next.querySelector(`[data-live="${region.dataset.live}"]`)
      if (found !== null) replaceRegion(region, found)
    }
  } catch {
    // The service restarts or the network is gone: the source connects again by itself.
  } finally {
    isLoading = false
    // Pages share what takes long to read for a second.
    if (isWanted || version !== reported) setTimeout(refresh, againMs)
    isWanted = false
  }
}

function watch() {
  if (source !== undefined) return
  // Its first message is the state now, so that nothing is missed after a pause.
  source = new EventSource('/console/events')
  source.addEventListener('state', ({ data }) => {
    reported = JSON.parse(data).version
    if (reported !== version) refresh()
  })
  timer = setInterval(refresh, refreshMs)
}

function rest() {
  source?.close()
  source = undefined
  clearInterval(timer)
}

function watchWhileVisible() {
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'hidden') rest()
    else watch()
  })
  if (document.visibilityState !== 'hidden') watch()
}

for (const region of document.querySelectorAll('[data-live]')) sent.set(region, region.innerHTML)
if (sent.size > 0) watchWhileVisible()
