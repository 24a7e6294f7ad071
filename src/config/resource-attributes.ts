import { z } from 'zod'

/** Pairs in OpenTelemetry's format: key=value,key=value, with percent-encoded values. */
export const resourceAttributes = z
  .string()
  .default('')
  .transform((value, context): Record<string, string> => {
    const pairs = value.split(',').filter((pair) => pair.trim() !== '')
    const read = pairs.map((pair) => pair.match(/^\s*([^=\s]+)\s*=\s*(.*?)\s*$/))
    try {
      return Object.fromEntries(
        read.map((match) => {
          if (match === null) throw new URIError('not a pair')
          const [, key = '', attribute = ''] = match
          return [key, decodeURIComponent(attribute)]
        }),
      )
    } catch {
      context.addIssue('give pairs, key=value,key=value, with values percent-encoded')
      return {}
    }
  })
