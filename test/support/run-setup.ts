import { setup } from '../../src/commands/setup.ts'
import { type Environment, resolveConfig } from '../../src/config/config.ts'
import { type OpenEmulator, openEmulator } from './open-emulator.ts'
import type { CommandAnswer } from './run-command.ts'
import { problemsOfRequest } from './stripe-openapi.ts'

const publicUrl = 'https://pay.example.com'
export const webhookUrl = `${publicUrl}/webhooks/stripe`

/** A Stripe account without prices. `problems` has what Stripe's description says against our requests. */
export async function openEmptyAccount(): Promise<
  OpenEmulator & { readonly problems: Set<string> }
> {
  const problems = new Set<string>()
  const opened = await openEmulator({
    plans: [],
    onRequest: (request) => {
      // The description that we have does not cover /v2.
      if (request.path.startsWith('/v2/')) return
      for (const problem of problemsOfRequest(request)) problems.add(problem)
    },
  })
  return { ...opened, problems }
}

/** The settings for an account, before its endpoint has a secret. */
export function settingsFor({ emulator }: Pick<OpenEmulator, 'emulator'>): Record<string, string> {
  return {
    STRIPE_SECRET_KEY: emulator.secretKey,
    STRIPE_API_BASE: emulator.url,
    PUBLIC_URL: publicUrl,
    PLANS: 'starter',
  }
}

/** Runs setup in this process; with `answers` there is a terminal. */
export async function runSetup(
  environment: Environment,
  args: readonly string[],
  answers?: readonly string[],
): Promise<CommandAnswer & { readonly questions: readonly string[] }> {
  const lines: string[] = []
  const questions: string[] = []
  const left = [...(answers ?? [])]
  const ask = (question: string): Promise<string> => {
    questions.push(question)
    return Promise.resolve(left.shift() ?? '')
  }
  const exitCode = await setup({
    config: resolveConfig(environment, 'setup'),
    args,
    now: Date.now,
    print: (line) => void lines.push(line),
    ...(answers !== undefined && { ask }),
  })
  return { exitCode, text: lines.join('\n'), questions }
}
