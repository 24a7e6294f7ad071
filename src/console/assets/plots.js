// Draws the plots whose data the page carries. The same numbers are in a table below each.

const heightPx = 200
const plots = new Map()

function colourOf(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim()
}

function axisOf(size) {
  return {
    stroke: colourOf('soft'),
    grid: { stroke: colourOf('line'), width: 1 },
    ticks: { show: false },
    font: '11px system-ui, sans-serif',
    size,
  }
}

function optionsOf({ lines }, width) {
  return {
    width,
    height: heightPx,
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), 'UTC'),
    cursor: { drag: { x: false, y: false }, points: { size: 6 } },
    scales: { y: { range: (_, min, max) => [Math.min(0, min), Math.max(1, max)] } },
    axes: [axisOf(30), axisOf(48)],
    series: [
      { label: 'From' },
      ...lines.map(({ name, colour }) => ({
        label: name,
        stroke: colourOf(colour),
        width: 1.75,
        points: { show: false },
      })),
    ],
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
