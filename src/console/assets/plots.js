// Draws the plots whose data the page carries. The same numbers are in a table below each.

const heightPx = 200
const daySeconds = 86_400
const plots = new Map()
const dayFormat = new Intl.DateTimeFormat('en-GB', {
  timeZone: 'UTC',
  day: 'numeric',
  month: 'short',
})
const hourFormat = new Intl.DateTimeFormat('en-GB', {
  timeZone: 'UTC',
  hour: '2-digit',
  minute: '2-digit',
})
const numberFormat = new Intl.NumberFormat('en', { maximumFractionDigits: 3 })
const wholeSteps = Array.from({ length: 12 }, (_, at) => [1, 2, 5].map((step) => step * 10 ** at))

/** The value of a colour of the style in the present scheme, which a canvas does not resolve. */
function colourOf(name) {
  const probe = document.createElement('span')
  probe.style.color = `var(--${name})`
  document.body.append(probe)
  const { color } = getComputedStyle(probe)
  probe.remove()
  return color
}

function timeText(seconds) {
  const date = new Date(seconds * 1000)
  return seconds % daySeconds === 0 ? dayFormat.format(date) : hourFormat.format(date)
}

function momentText(seconds) {
  const date = new Date(seconds * 1000)
  return `${dayFormat.format(date)} ${hourFormat.format(date)}`
}

function axisOf(more) {
  return {
    stroke: colourOf('soft'),
    grid: { stroke: colourOf('line'), width: 1 },
    ticks: { show: false },
    font: '11px system-ui, sans-serif',
    ...more,
  }
}

function sumOf(values) {
  return values.reduce((sum, value) => sum + value, 0)
}

function seriesOf({ name, colour }) {
  return {
    label: name,
    stroke: colourOf(colour),
    width: 1.75,
    points: { show: false },
    // Without the pointer on the plot, the whole period.
    value: (plot, value, index) => numberFormat.format(value ?? sumOf(plot.data[index])),
  }
}

function optionsOf({ lines }, width) {
  const time = { label: 'From', value: (_, at) => (at === null ? 'whole period' : momentText(at)) }
  return {
    width,
    height: heightPx,
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), 'UTC'),
    cursor: { drag: { x: false, y: false }, points: { size: 6 } },
    scales: { y: { range: (_, min, max) => [Math.min(0, min), Math.max(1, max * 1.06)] } },
    axes: [
      axisOf({ size: 24, space: 64, values: (_, splits) => splits.map(timeText) }),
      axisOf({ size: 52, incrs: wholeSteps.flat() }),
    ],
    series: [time, ...lines.map(seriesOf)],
  }
}

function draw(element) {
  plots.get(element)?.destroy()
  const data = JSON.parse(element.dataset.plot)
  const values = [data.seconds, ...data.lines.map(({ values: own }) => own)]
  plots.set(element, new uPlot(optionsOf(data, element.clientWidth), values, element))
}

function drawAll() {
  for (const [element, plot] of plots)
    if (!element.isConnected) {
      plot.destroy()
      plots.delete(element)
    }
  for (const element of document.querySelectorAll('[data-plot]')) draw(element)
}

function resizeAll() {
  for (const [element, plot] of plots)
    if (element.clientWidth > 0) plot.setSize({ width: element.clientWidth, height: heightPx })
}

drawAll()
document.addEventListener('replaced', drawAll)
window.addEventListener('resize', resizeAll)
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', drawAll)
