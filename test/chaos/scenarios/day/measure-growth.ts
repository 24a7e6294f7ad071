import type { ProcessHistory } from './process-watch.ts'

/** A least-squares line through memory over requests, in megabytes per 100,000 requests. */
export interface Slope {
  readonly megabytesPer100k: number
  /** The standard error of the slope. */
  readonly error: number
}

/** How a process grew after its warm-up. */
export interface Growth {
  /** Of what V8's heap and buffers hold after a collection. */
  readonly held: Slope
  /** Of what is resident after a collection: V8 and malloc keep free pages, so single readings differ by 10 MB. */
  readonly resident: Slope
  /** Of all samples, with the garbage that had not been collected. */
  readonly residentMegabytesMax: number
  /** The median of the last third less that of the first third. */
  readonly descriptors: number
  /** The worst that was read. */
  readonly loopDelayMsMax: number
  readonly samples: number
}

const warmUpShare = 0.25

/** Leaves out the first quarter of the samples: caches fill, and the heap finds its size. */
export function measureGrowth(history: ProcessHistory): Growth {
  const samples = withoutWarmUp(history.samples)
  const memory = withoutWarmUp(history.memory)
  const [descriptorsBefore, descriptorsAfter] = outerThirds(samples.map((one) => one.descriptors))
  return {
    held: slope(memory.map((one) => [one.requests, one.heldMegabytes])),
    resident: slope(memory.map((one) => [one.requests, one.residentMegabytes])),
    residentMegabytesMax: Math.max(...samples.map((one) => one.residentMegabytes)),
    descriptors: descriptorsAfter - descriptorsBefore,
    loopDelayMsMax: Math.max(...samples.map(({ loopDelayMs }) => loopDelayMs)),
    samples: samples.length,
  }
}

function withoutWarmUp<Sample>(samples: readonly Sample[]): readonly Sample[] {
  return samples.slice(Math.floor(samples.length * warmUpShare))
}

/** The medians of the first and of the last third. */
function outerThirds(numbers: readonly number[]): readonly [number, number] {
  const third = Math.max(1, Math.floor(numbers.length / 3))
  return [median(numbers.slice(0, third)), median(numbers.slice(-third))]
}

function slope(points: readonly (readonly [requests: number, megabytes: number])[]): Slope {
  const meanX = mean(points.map(([x]) => x))
  const meanY = mean(points.map(([, y]) => y))
  const squares = sum(points.map(([x]) => (x - meanX) ** 2))
  const perRequest = sum(points.map(([x, y]) => (x - meanX) * (y - meanY))) / squares
  const rests = points.map(([x, y]) => (y - meanY - perRequest * (x - meanX)) ** 2)
  const error = Math.sqrt(sum(rests) / (points.length - 2) / squares)
  return { megabytesPer100k: perRequest * 100_000, error: error * 100_000 }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0)
}

function mean(numbers: readonly number[]): number {
  return sum(numbers) / numbers.length
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((one, other) => one - other)[Math.floor(numbers.length / 2)] ?? Number.NaN
}
