import { type ParsedQs, parse } from 'qs'
import { z } from 'zod'
import { invalidRequest } from './stripe-error.ts'

/** A request's parameters as Stripe's form encoding gives them: text, lists and nested names. */
export type Params = ParsedQs

/** Parses `a[b][0]=c`, within limits for depth and length. */
export function parseParams(form: string): Params {
  return parse(form, { depth: 8, arrayLimit: 100, parameterLimit: 1000, ignoreQueryPrefix: true })
}

const jsonValue: z.ZodType<ParsedQs[string]> = z.lazy(() =>
  z.union([z.string(), z.array(z.union([z.string(), jsonObject])), jsonObject]),
)
const jsonObject = z.record(z.string(), jsonValue)

/** Requests below `/v2` have JSON bodies: https://docs.stripe.com/api-v2-overview */
export function parseJsonParams(body: string): Params {
  const parsed = jsonObject.safeParse(readJson(body))
  if (parsed.success) return parsed.data
  throw invalidRequest('The request body is not a JSON object with the types that are expected.')
}

function readJson(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}

/** Text, or null if it is missing or empty. */
export function optionalText(params: Params, name: string): string | null {
  const value = params[name]
  if (value === undefined || value === '') return null
  if (typeof value !== 'string') throw invalidRequest(`Invalid string: ${name}`, { param: name })
  return value
}

export function requiredText(params: Params, name: string, path = name): string {
  const value = optionalText(params, name)
  if (value !== null) return value
  throw invalidRequest(`Missing required param: ${path}.`, {
    code: 'parameter_missing',
    param: path,
  })
}

/** A URL, or null if it is missing. */
export function optionalUrl(params: Params, name: string): string | null {
  const value = optionalText(params, name)
  if (value === null || /^https?:\/\/[^/\s]/.test(value)) return value
  throw invalidRequest('Not a valid URL', { code: 'url_invalid', param: name })
}

/** An integer, or null if it is missing. */
export function optionalInteger(params: Params, name: string, path = name): number | null {
  const value = optionalText(params, name)
  if (value === null) return null
  if (/^-?\d{1,15}$/.test(value)) return Number(value)
  throw invalidRequest(`Invalid integer: ${value}`, {
    code: 'parameter_invalid_integer',
    param: path,
  })
}

/** An amount in minor units, at least `least`. */
export function requiredAmount(params: Params, name: string, path = name, least = 1): number {
  requiredText(params, name, path)
  const amount = optionalInteger(params, name, path) ?? 0
  if (amount >= least) return amount
  throw invalidRequest(`This value must be greater than or equal to ${least}.`, {
    code: 'parameter_invalid_integer',
    param: path,
  })
}

export function optionalBoolean(params: Params, name: string): boolean | null {
  const value = optionalText(params, name)
  if (value === null) return null
  if (value === 'true' || value === 'false') return value === 'true'
  throw invalidRequest(`Invalid boolean: ${value}`, { param: name })
}

/** One of the allowed values, or the fallback if it is missing. */
export function oneOf<T extends string>(
  params: Params,
  name: string,
  allowed: readonly T[],
  fallback: T,
): T {
  const value = optionalText(params, name)
  if (value === null) return fallback
  const found = allowed.find((word) => word === value)
  if (found) return found
  throw invalidRequest(`Invalid ${name}: must be one of ${allowed.join(', ')}`, { param: name })
}

/** A nested hash: `name[a]=…`; empty when it is missing. */
export function nested(params: Params, name: string): Params {
  const value = params[name]
  if (value === undefined || value === '') return {}
  if (typeof value === 'object' && !Array.isArray(value)) return value
  throw invalidRequest(`Invalid hash: ${name}`, { param: name })
}

/** A list: `name[]=…` or `name[0]=…`; empty when it is missing. */
export function listed(params: Params, name: string): readonly (string | Params)[] {
  const value = params[name]
  if (value === undefined || value === '') return []
  if (Array.isArray(value)) return value
  if (typeof value === 'object') return Object.values(value).filter((item) => isEntry(item))
  throw invalidRequest(`Invalid array: ${name}`, { param: name })
}

/** A list of texts. */
export function texts(params: Params, name: string): readonly string[] {
  return listed(params, name).filter((item) => typeof item === 'string')
}

/** `metadata[key]=value`, every value a text. */
export function metadataOf(params: Params, name = 'metadata'): Record<string, string> {
  return Object.fromEntries(
    Object.entries(nested(params, name)).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string' && entry[1] !== '',
    ),
  )
}

/** Rejects a parameter that Stripe does not know either. */
export function refuseUnknown(params: Params, known: readonly string[]): void {
  const unknown = Object.keys(params).find((name) => name !== 'expand' && !known.includes(name))
  if (unknown === undefined) return
  throw invalidRequest(`Received unknown parameter: ${unknown}`, {
    code: 'parameter_unknown',
    param: unknown,
  })
}

function isEntry(item: unknown): item is string | Params {
  return (
    typeof item === 'string' || (typeof item === 'object' && item !== null && !Array.isArray(item))
  )
}
