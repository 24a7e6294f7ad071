import { z } from 'zod'
import { buildBundle } from '../../support/build-bundle.ts'
import { startPostgres } from '../../support/postgres-server.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { nextLine, startProgram } from '../programs.ts'
import type { BenchContext, BenchOptions, Measurement } from './bench-context.ts'
import { measurements } from './measurements.ts'
import type { Sample } from './run-file.ts'

const readyLine = z.object({ url: z.url() })

/** Measures everything that was asked for, the subjects in turns; answers the raw samples. */
export async function measureAll(
  options: BenchOptions,
  tell: (text: string) => void,
): Promise<readonly Sample[]> {
  await using stack = new AsyncDisposableStack()
  const context = await openContext(options, stack)
  const samples: Sample[] = []
  for (const measurement of measurements.filter(({ tables }) => isAsked(options.only, ...tables)))
    samples.push(...(await measureRounds(measurement, context, tell)))
  return samples.filter(({ table }) => isAsked(options.only, table))
}

async function openContext(
  options: BenchOptions,
  stack: AsyncDisposableStack,
): Promise<BenchContext> {
  const standIn = startProgram(stack, 'side-by-side/stripe-stand-in.ts', [])
  const { url } = readyLine.parse(await nextLine(standIn))
  return {
    options,
    postgres: await startPostgres(stack),
    compileCacheFolder: temporaryFolder(stack),
    bundle: buildBundle(stack),
    stripeUrl: url,
  }
}

/** In each round every subject has its turn, each round beginning with the next one. */
async function measureRounds(
  measurement: Measurement,
  context: BenchContext,
  tell: (text: string) => void,
): Promise<readonly Sample[]> {
  await using stack = new AsyncDisposableStack()
  const { rounds, peers } = context.options
  const subjects = measurement.subjects(context.options).filter((one) => isAsked(peers, one))
  const measureOnce = await measurement.open(context, stack)
  const samples: Sample[] = []
  for (let round = 1; round <= rounds; round += 1) {
    for (const subject of startingAt(subjects, round - 1))
      for (const { conditions = {}, ...observed } of await measureOnce(subject, round))
        samples.push({ ...observed, subject, round, conditions })
    tell(`${measurement.name}: round ${round} of ${rounds}`)
  }
  return samples
}

function startingAt<T>(values: readonly T[], first: number): readonly T[] {
  const start = first % Math.max(1, values.length)
  return [...values.slice(start), ...values.slice(0, start)]
}

function isAsked(asked: readonly string[], ...names: readonly string[]): boolean {
  return asked.length === 0 || names.some((name) => asked.includes(name))
}
