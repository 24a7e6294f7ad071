/** Updates the shop page while it is visible, and highlights changed numbers. */
export const shopScript = `
const memory = 'emulator-counters'
const note = document.getElementById('counters-note')
const payments = document.getElementById('payments')
const cells = new Map([...document.querySelectorAll('[data-series]')].map((cell) => [cell.dataset.series, cell]))
let known = JSON.parse(sessionStorage.getItem(memory) ?? '{}')
let rounds = 0

const mark = (cell) => {
  cell.classList.add('moved')
  setTimeout(() => cell.classList.remove('moved'), 2500)
}

const show = (series) => {
  let moved = false
  for (const { name, label, value } of series) {
    const key = name + ':' + (label ?? '')
    const cell = cells.get(key)
    if (!cell) continue
    const figure = cell.querySelector('dd')
    if (figure.textContent !== String(value)) figure.textContent = value
    if (known[key] !== undefined && known[key] !== value) {
      mark(cell)
      moved = true
    }
    known[key] = value
  }
  sessionStorage.setItem(memory, JSON.stringify(known))
  return moved
}

const say = (text) => {
  if (note.textContent !== text) note.textContent = text
}

const refreshPayments = async () => {
  const answer = await fetch('/shop/payments')
  const text = await answer.text()
  if (answer.ok && payments.dataset.shown !== text && !payments.contains(document.activeElement) && !payments.querySelector('details[open]')) {
    payments.innerHTML = text
    payments.dataset.shown = text
  }
}

const round = async () => {
  if (document.visibilityState === 'visible') {
    try {
      const { series, error, waiting } = await (await fetch('/emulator/counters')).json()
      const moved = series ? show(series) : false
      say(error ?? (waiting > 0 ? waiting + (waiting === 1 ? ' webhook is' : ' webhooks are') + ' on the way.' : ''))
      if (moved || rounds++ % 4 === 0) await refreshPayments()
    } catch {
      say('The emulator does not answer. Is it still running?')
    }
  }
  setTimeout(round, 500)
}
round()
`
