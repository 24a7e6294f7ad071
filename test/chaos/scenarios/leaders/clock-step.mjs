// Preloaded into a spawned service: each SIGUSR2 steps its wall clock to the next of CLOCK_STEPS_MS.
const steps = (process.env.CLOCK_STEPS_MS ?? '').split(',').map(Number)
const RealDate = Date
const realNow = Date.now.bind(Date)
let at = -1

function shifted() {
  return realNow() + (steps[at] ?? 0)
}

globalThis.Date = class extends RealDate {
  constructor(...args) {
    if (args.length === 0) super(shifted())
    else super(...args)
  }
  static now() {
    return shifted()
  }
}
process.on('SIGUSR2', () => {
  at = (at + 1) % steps.length
})
