import { mustBeReady, ownLedger, runEntry, type Service, startService } from './service.ts'
import { testStack } from './test-stack.ts'

export interface RunningService
  extends Pick<Service, 'child' | 'end'>,
    Awaited<ReturnType<typeof mustBeReady>> {
  /** All that it wrote so far, to standard output and to standard error. */
  written(): string
}

export interface FailedStart {
  readonly exitCode: number | null
  readonly errorText: string
}

const keptChars = Number.POSITIVE_INFINITY

/** The service in a process of its own, ready, until the test ends. */
export async function runService(
  folder: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<RunningService> {
  const service = startService(testStack(), { folder, environment, keptChars })
  const { child, end, outputText, errorText } = service
  return {
    ...(await mustBeReady(service)),
    child,
    end,
    written: () => outputText() + errorText(),
  }
}

/** Starts a service that is expected to refuse. */
export async function runToFailure(
  folder: string,
  environment: Readonly<Record<string, string>>,
): Promise<FailedStart> {
  const settings = { ...ownLedger, ...environment }
  const running = runEntry(testStack(), { folder, environment: settings, keptChars })
  return { exitCode: await running.exited, errorText: running.errorText() }
}
