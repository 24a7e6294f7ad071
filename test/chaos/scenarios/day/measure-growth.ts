import type { MemorySample, ProcessHistory } from './process-watch.ts'

/** How a process grew after its warm-up. */
export interface Growth {
  /** The slope of a least-squares line through what garbage collections left, in megabytes per 100,000 requests. */
  readonly megabytesPer100k: number
  /** The medians of the first and of the last third of what garbage collections left. */
  readonly collectedMegabytes: readonly [number, number]
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
    megabytesPer100k: slope(memory) * 100_000,
    collectedMegabytes: outerThirds(memory.map((one) => one.residentMegabytes)),
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

function slope(samples: readonly MemorySample[]): number {
  const meanX = mean(samples.map(({ requests }) => requests))
  const meanY = mean(samples.map(({ residentMegabytes }) => residentMegabytes))
  const products = samples.map((one) => (one.requests - meanX) * (one.residentMegabytes - meanY))
  const squares = samples.map((one) => (one.requests - meanX) ** 2)
  return mean(products) / mean(squares)
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, one) => sum + one, 0) / numbers.length
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((one, other) => one - other)[Math.floor(numbers.length / 2)] ?? Number.NaN
}
