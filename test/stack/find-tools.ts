import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { z } from 'zod'
import { componentTypes, mergeCollectorFiles } from './check-collector-file.ts'

const collectorFiles = ['otel-collector.yaml', 'deploy/monitoring/otel-collector-tls.yaml'].map(
  (file) => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8'),
)

/** Builds a program and answers its path. Throws where that fails. */
export type Build = (program: string) => string

interface ToolProblem {
  readonly program: ToolName
  readonly text: string
  /** It could have been built: that is no reason to skip. */
  readonly isFailure: boolean
}

interface Tool {
  readonly candidates: readonly string[]
  /** Asks a program on the PATH what it can. */
  readonly question: string
  readonly fits: (answer: string) => boolean
  /** What is missing when no candidate fits. */
  readonly wanted: string
}

const named = z.array(z.looseObject({ name: z.string() }))
const componentList = z.looseObject({
  receivers: named,
  processors: named,
  exporters: named,
  extensions: named,
})

/** Whether the answer of `otelcol components` has all that our files name. */
function hasOurComponents(answer: string): boolean {
  const { data } = componentList.safeParse(parseYaml(answer))
  if (data === undefined) return false
  const { receivers, processors, exporters, extensions } = componentTypes(
    mergeCollectorFiles(...collectorFiles),
  )
  const has = (listed: z.output<typeof named>, types: readonly string[]) =>
    types.every((type) => listed.some(({ name }) => name === type))
  return (
    has(data.receivers, receivers) &&
    has(data.processors, processors) &&
    has(data.exporters, exporters) &&
    has(data.extensions, extensions)
  )
}

function parseYaml(text: string): unknown {
  try {
    return parse(text)
  } catch {
    return undefined
  }
}

const tools = {
  otelcol: {
    candidates: ['otelcol', 'otelcol-contrib'],
    question: 'components',
    fits: hasOurComponents,
    wanted:
      'neither otelcol nor otelcol-contrib on the PATH has every component of otel-collector.yaml and otel-collector-tls.yaml',
  },
  prometheus: {
    candidates: ['prometheus'],
    question: '--help',
    fits: (answer) => answer.includes('web.enable-otlp-receiver'),
    wanted: 'no prometheus on the PATH has --web.enable-otlp-receiver',
  },
  promtool: {
    candidates: ['promtool'],
    question: '--version',
    fits: (answer) => /version 3\./.test(answer),
    wanted: 'no promtool on the PATH is of version 3',
  },
  'stripe-mock': {
    candidates: ['stripe-mock'],
    question: '-version',
    fits: (answer) => /stripe-mock v?0\.203\./.test(answer),
    wanted: 'no stripe-mock on the PATH is of version 0.203',
  },
  kustomize: {
    candidates: ['kustomize'],
    question: 'version',
    fits: (answer) => /\bv5\./.test(answer),
    wanted: 'no kustomize on the PATH is of version 5',
  },
  kubeconform: {
    candidates: ['kubeconform'],
    question: '-v',
    fits: (answer) => /\bv?0\.8\./.test(answer),
    wanted: 'no kubeconform on the PATH is of version 0.8',
  },
  oasdiff: {
    candidates: ['oasdiff'],
    question: '--version',
    // Built from its module, it does not know its version.
    fits: (answer) => /oasdiff version (?:main|v?1\.37\.)/.test(answer),
    wanted: 'no oasdiff on the PATH is of version 1.37',
  },
} as const satisfies Record<string, Tool>

type ToolName = keyof typeof tools

export const toolNames = Object.freeze([
  'otelcol',
  'prometheus',
  'promtool',
  'stripe-mock',
  'kustomize',
  'kubeconform',
  'oasdiff',
] as const)

/** The path of each program, empty where there is none, and what is missing, in words. */
export interface FoundTools {
  readonly paths: Readonly<Record<ToolName, string>>
  readonly problems: readonly ToolProblem[]
}

/** Programs on the PATH that can what we need, else built; without `build` there is no Go. */
export function findTools(path: string, build: Build | undefined): FoundTools {
  const problems: ToolProblem[] = []
  const ask = (program: string, question: string): string => {
    const { stdout, stderr } = spawnSync(program, [question], { env: { PATH: path } })
    return `${stdout ?? ''}${stderr ?? ''}`
  }
  const find = (program: ToolName): string => {
    const { candidates, question, fits, wanted }: Tool = tools[program]
    const found = candidates.find((candidate) => fits(ask(candidate, question)))
    if (found !== undefined) return found
    if (build === undefined) {
      problems.push({ program, text: `no Go, and ${wanted}`, isFailure: false })
      return ''
    }
    try {
      return build(program)
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause)
      problems.push({
        program,
        text: `building ${program} failed: ${reason}`,
        isFailure: true,
      })
      return ''
    }
  }
  return {
    paths: {
      otelcol: find('otelcol'),
      prometheus: find('prometheus'),
      promtool: find('promtool'),
      'stripe-mock': find('stripe-mock'),
      kustomize: find('kustomize'),
      kubeconform: find('kubeconform'),
      oasdiff: find('oasdiff'),
    },
    problems,
  }
}
