import type { z } from '@hono/zod-openapi'
import { AppError, type FieldError } from '../errors.ts'
import { excerpt } from './problem.ts'

const issuesMax = 10
const pathCharsMax = 60
const messageCharsMax = 200

const places = {
  json: 'body',
  form: 'body',
  query: 'query',
  param: 'path',
  header: 'header',
  cookie: 'header',
} as const satisfies Readonly<Record<string, FieldError['in']>>

/**
 * Returns `invalid_request` with the first issues of one part of a request, one entry per field and in one line:
 * "plan: …; quantity: …".
 */
export function explainIssues(error: z.core.$ZodError, target: keyof typeof places): AppError {
  const issues = error.issues.slice(0, issuesMax)
  const lines = issues.map((issue) => {
    const path = pathOf(issue)
    return path === '' ? messageOf(issue) : `${path}: ${messageOf(issue)}`
  })
  const omitted = error.issues.length - issues.length
  const detail = [...lines, ...(omitted > 0 ? [`and ${omitted} more`] : [])].join('; ')
  const fields = issues.flatMap(fieldsOf).slice(0, issuesMax)
  return new AppError('invalid_request', detail, {
    fields: fields.map((field) => ({ in: places[target], ...field })),
  })
}

function fieldsOf(issue: z.core.$ZodIssue): readonly Omit<FieldError, 'in'>[] {
  if (issue.code !== 'unrecognized_keys')
    return [{ path: pathOf(issue), message: excerpt(messageOf(issue), messageCharsMax) }]
  return issue.keys.map((key) => ({ path: pathOf(issue, key), message: 'unknown field' }))
}

function pathOf({ path }: z.core.$ZodIssue, ...further: readonly string[]): string {
  return excerpt([...path.map(String), ...further].join('.'), pathCharsMax)
}

function messageOf(issue: z.core.$ZodIssue): string {
  return issue.code === 'unrecognized_keys'
    ? `unknown fields: "${excerpt(issue.keys.join('", "'), pathCharsMax)}"`
    : issue.message
}
