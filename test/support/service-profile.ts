import {
  type Received,
  type ServiceAnswer,
  type ServiceManners,
  textAnswer,
} from './fake-channels.ts'

/** How a service is addressed and what it says. */
export interface ServiceProfile extends ServiceManners {
  /** Of the kind of channel that leads to it. */
  readonly example: string
  readonly address: string
  /** What may never be shown of the address. */
  readonly secrets: readonly string[]
  readonly path: string
  readonly receipt: string
  readonly textOf: (body: Received['body']) => string
  /** The longest text that the channel takes, of characters that need no escape. */
  readonly lengthMax: number
  /** What an operator sees of a longer one, where the service refuses it. */
  readonly refusalOfTooLong?: string
  /** A 429 that asks for two seconds. */
  readonly limits: ServiceAnswer
  /** A refusal for good, and the words of it that an operator gets to see. */
  readonly refuses: ServiceAnswer
  readonly refusal: string
  /** 2xx that confirms nothing; undefined where any 2xx confirms. */
  readonly mumbles?: ServiceAnswer
  /** Whether what may have arrived is sent again. */
  readonly dropsRepeats: boolean
}

export function json(status: number, body: object, headers = {}): ServiceAnswer {
  return textAnswer(status, JSON.stringify(body), {
    'content-type': 'application/json',
    ...headers,
  })
}

export function readText(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

/** Every one of them reads a body by its content type: another than JSON's would be taken for a form. */
export function takesOnlyJson(profile: ServiceProfile): ServiceProfile {
  return {
    ...profile,
    examine: (received) =>
      received.headers['content-type'] === 'application/json'
        ? profile.examine(received)
        : textAnswer(400, 'invalid_payload'),
  }
}
