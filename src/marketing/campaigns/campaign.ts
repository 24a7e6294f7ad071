import { AppError, invalidField, messageOf } from '../../errors.ts'
import { createCronSchedule } from '../../time/cron-schedule.ts'
import type { Channels } from '../channels/channel.ts'
import { readText, shortestText } from '../posts/placeholders.ts'

/** The request to create a campaign. */
export interface CampaignRequest {
  readonly name: string
  readonly messages: readonly string[]
  readonly cron: string
  readonly timeZone: string
  readonly channel: string
}

/** A valid campaign. */
export interface CampaignDraft extends CampaignRequest {
  /** Its first slot after now. */
  readonly nextSlotAt: number | null
}

export const nameLengthMax = 100
export const messageCountMax = 20

/** The channels and plans that a campaign may name. */
export interface Offer {
  readonly channels: Channels
  /** The plans whose price a message may name. */
  readonly plans: readonly string[]
}

/**
 * Checks a campaign against the rules, the configured channels and the plans. Pure.
 * Throws `invalid_request`, `unknown_channel`, `invalid_cron` or `invalid_time_zone`.
 */
export function draftCampaign(request: CampaignRequest, offer: Offer, now: number): CampaignDraft {
  return {
    name: checkName(request.name),
    ...checkTexts(request, offer),
    ...checkTimes(request, now),
  }
}

/** The request to change a campaign; omitted fields keep their values. */
export type CampaignPatch = {
  readonly [Field in keyof CampaignRequest]?: CampaignRequest[Field] | undefined
} & { readonly isPaused?: boolean | undefined }

/**
 * The changed campaign. Pure. Only changed fields are checked, so that a campaign whose channel, plan or
 * time zone no longer exists can still be renamed, paused and fixed; resuming one checks all fields.
 * Throws like `draftCampaign`.
 */
export function redraftCampaign(
  campaign: CampaignDraft & { readonly isPaused: boolean },
  patch: CampaignPatch,
  offer: Offer,
  now: number,
): CampaignDraft {
  const texts = {
    messages: patch.messages ?? campaign.messages,
    channel: patch.channel ?? campaign.channel,
  }
  const times = { cron: patch.cron ?? campaign.cron, timeZone: patch.timeZone ?? campaign.timeZone }
  const isResumed = campaign.isPaused && patch.isPaused === false
  const hasNew = (...fields: readonly (keyof CampaignRequest)[]): boolean =>
    isResumed || fields.some((field) => patch[field] !== undefined)
  return {
    name: patch.name === undefined ? campaign.name : checkName(patch.name),
    ...(hasNew('messages', 'channel') ? checkTexts(texts, offer) : texts),
    ...(hasNew('cron', 'timeZone')
      ? checkTimes(times, now)
      : { ...times, nextSlotAt: campaign.nextSlotAt }),
  }
}

function checkName(given: string): string {
  const name = given.trim()
  if (name === '' || name.length > nameLengthMax || !isPlain(name))
    throw invalidField('body', 'name', `give 1 to ${nameLengthMax} characters on one line`)
  return name
}

type Texts = Pick<CampaignRequest, 'messages' | 'channel'>

function checkTexts({ messages, channel }: Texts, { channels, plans }: Offer): Texts {
  const channelName = channel.toLowerCase()
  const { lengthMax, lengthOf } = requireChannel(channels, channelName)
  if (messages.length === 0 || messages.length > messageCountMax)
    throw invalidField('body', 'messages', `give 1 to ${messageCountMax} texts`)
  messages.forEach((message, index) => {
    const place = `messages.${index}`
    checkMessage(message, place)
    const length = lengthOf(shortestText(readMessage(message, place, plans)))
    if (length > lengthMax)
      throw invalidField(
        'body',
        place,
        `the text has ${length} characters, the channel ${channelName} takes at most ${lengthMax}`,
      )
  })
  return { messages, channel: channelName }
}

function checkTimes(
  request: Pick<CampaignRequest, 'cron' | 'timeZone'>,
  now: number,
): Pick<CampaignDraft, 'cron' | 'timeZone' | 'nextSlotAt'> {
  const cron = request.cron.trim()
  const { timeZone } = request
  return { cron, timeZone, nextSlotAt: createCronSchedule(cron, timeZone, now).next(now) }
}

/** The channel with this name. Throws `unknown_channel` with the known ones. */
export function requireChannel(channels: Channels, name: string) {
  const channel = channels.get(name)
  if (channel !== undefined) return channel
  throw new AppError(
    'unknown_channel',
    `there is no channel "${name}": use one of ${[...channels.keys()].join(', ')}, ` +
      'or ask the operator to add it with CHANNEL_<NAME>',
  )
}

/** The message of the `used`-th post: messages are used in rotation. */
export function messageAt(messages: readonly string[], used: number): string {
  const message = messages[used % messages.length]
  if (message === undefined) throw new RangeError('a campaign has at least one message')
  return message
}

function readMessage(message: string, path: string, plans: readonly string[]) {
  try {
    return readText(message, plans)
  } catch (cause) {
    throw invalidField('body', path, messageOf(cause))
  }
}

function checkMessage(message: string, path: string): void {
  if (message.trim() === '') throw invalidField('body', path, 'the text is empty')
  if (!isPlain(message.replaceAll(/[\n\r\t]/g, '')))
    throw invalidField('body', path, 'leave out control characters and broken emoji')
}

function isPlain(text: string): boolean {
  return !/\p{Cc}/u.test(text) && text.isWellFormed()
}
