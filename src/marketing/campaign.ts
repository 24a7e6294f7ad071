import { createCalendar } from '../calendar.ts'
import { AppError, messageOf } from '../errors.ts'
import type { Channels } from './channels/channel.ts'
import { lengthMin, readText } from './placeholders.ts'

/** What a marketer asks for. */
export interface CampaignRequest {
  readonly name: string
  readonly messages: readonly string[]
  readonly cron: string
  readonly timeZone: string
  readonly channel: string
}

/** A campaign that may be kept. */
export interface CampaignDraft extends CampaignRequest {
  /** Its first slot after now. */
  readonly nextSlotAt: number | null
}

export const nameLengthMax = 100
export const messageCountMax = 20

/** What a campaign may name. */
export interface Offer {
  readonly channels: Channels
  /** The plans whose price a message may tell. */
  readonly plans: readonly string[]
}

/**
 * Checks a campaign against the rules, the configured channels and the plans. Pure.
 * Throws `invalid_request`, `unknown_channel`, `invalid_cron` or `invalid_time_zone`.
 */
export const draftCampaign = (
  request: CampaignRequest,
  { channels, plans }: Offer,
  now: number,
): CampaignDraft => {
  const name = request.name.trim()
  if (name === '' || name.length > nameLengthMax || !isPlain(name))
    throw invalid(`name: give 1 to ${nameLengthMax} characters on one line`)
  const channelName = request.channel.toLowerCase()
  const { textLengthMax } = requireChannel(channels, channelName)
  const { messages } = request
  if (messages.length === 0 || messages.length > messageCountMax)
    throw invalid(`messages: give 1 to ${messageCountMax} texts`)
  messages.forEach((message, index) => {
    const place = `messages.${index}`
    checkMessage(message, place)
    const length = lengthMin(readMessage(message, place, plans))
    if (length > textLengthMax)
      throw invalid(
        `${place}: the text has ${length} characters, ` +
          `the channel ${channelName} takes at most ${textLengthMax}`,
      )
  })
  const cron = request.cron.trim()
  const calendar = createCalendar(cron, request.timeZone, now)
  return {
    name,
    messages,
    cron,
    timeZone: request.timeZone,
    channel: channelName,
    nextSlotAt: calendar.next(now),
  }
}

/** The channel of that name. Throws `unknown_channel`, naming those that there are. */
export const requireChannel = (channels: Channels, name: string) => {
  const channel = channels.get(name)
  if (channel !== undefined) return channel
  throw new AppError(
    'unknown_channel',
    `there is no channel "${name}": use one of ${[...channels.keys()].join(', ')}, ` +
      'or ask the operator to add it with CHANNEL_<NAME>',
  )
}

/** The message of the `used`-th post: they take turns. */
export const messageAt = (messages: readonly string[], used: number): string => {
  const message = messages[used % messages.length]
  if (message === undefined) throw new RangeError('a campaign has at least one message')
  return message
}

const readMessage = (message: string, path: string, plans: readonly string[]) => {
  try {
    return readText(message, plans)
  } catch (cause) {
    throw invalid(`${path}: ${messageOf(cause)}`)
  }
}

const checkMessage = (message: string, path: string): void => {
  if (message.trim() === '') throw invalid(`${path}: the text is empty`)
  if (!isPlain(message.replaceAll(/[\n\r\t]/g, '')))
    throw invalid(`${path}: leave out control characters and broken emoji`)
}

const isPlain = (text: string): boolean => !/\p{Cc}/u.test(text) && text.isWellFormed()

const invalid = (message: string): AppError => new AppError('invalid_request', message)
