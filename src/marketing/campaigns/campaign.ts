import { AppError, check, invalidField, joinErrors, messageOf } from '../../errors.ts'
import { createCronSchedule } from '../../time/cron-schedule.ts'
import type { Channel, Channels } from '../channels/channel.ts'
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
 * Checks a campaign against the rules, the configured channels and the plans. Pure. Throws `invalid_request`,
 * `unknown_channel`, `invalid_cron` or `invalid_time_zone`; if several fields are wrong, the error names each.
 */
export function draftCampaign(request: CampaignRequest, offer: Offer, now: number): CampaignDraft {
  const errors: AppError[] = []
  const name = check(errors, () => checkName(request.name))
  const texts = check(errors, () => checkTexts(request, offer))
  const times = check(errors, () => checkTimes(request, now))
  if (name === undefined || texts === undefined || times === undefined) throw joinErrors(errors)
  return { name, ...texts, ...times }
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
  const errors: AppError[] = []
  const name = check(errors, () =>
    patch.name === undefined ? campaign.name : checkName(patch.name),
  )
  const newTexts = check(errors, () =>
    hasNew('messages', 'channel') ? checkTexts(texts, offer) : texts,
  )
  const newTimes = check(errors, () =>
    hasNew('cron', 'timeZone')
      ? checkTimes(times, now)
      : { ...times, nextSlotAt: campaign.nextSlotAt },
  )
  if (name === undefined || newTexts === undefined || newTimes === undefined)
    throw joinErrors(errors)
  return { name, ...newTexts, ...newTimes }
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
  const found = channels.get(channelName)
  const errors: AppError[] = []
  if (found === undefined) errors.push(unknownChannel(channels, channelName, 'channel'))
  if (messages.length === 0 || messages.length > messageCountMax)
    errors.push(invalidField('body', 'messages', `give 1 to ${messageCountMax} texts`))
  else
    messages.forEach((message, index) => {
      check(errors, () => {
        const text = checkMessage(message, `messages.${index}`, plans)
        if (found !== undefined) checkLength(text, `messages.${index}`, found, channelName)
      })
    })
  if (errors.length > 0) throw joinErrors(errors)
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
export function requireChannel(channels: Channels, name: string): Channel {
  const channel = channels.get(name)
  if (channel === undefined) throw unknownChannel(channels, name)
  return channel
}

/** `path` is the field that names the channel, if the request has one. */
function unknownChannel(channels: Channels, name: string, path?: string): AppError {
  const message =
    `there is no channel "${name}": use one of ${[...channels.keys()].join(', ')}, ` +
    'or ask the operator to add it with CHANNEL_<NAME>'
  return new AppError('unknown_channel', message, {
    fields: path === undefined ? [] : [{ in: 'body', path, message }],
  })
}

/** The message of the `used`-th post: messages are used in rotation. */
export function messageAt(messages: readonly string[], used: number): string {
  const message = messages[used % messages.length]
  if (message === undefined) throw new RangeError('a campaign has at least one message')
  return message
}

/** The shortest text that a message can become. */
function checkMessage(message: string, path: string, plans: readonly string[]): string {
  if (message.trim() === '') throw invalidField('body', path, 'the text is empty')
  if (!isPlain(message.replaceAll(/[\n\r\t]/g, '')))
    throw invalidField('body', path, 'leave out control characters and broken emoji')
  try {
    return shortestText(readText(message, plans))
  } catch (cause) {
    throw invalidField('body', path, messageOf(cause))
  }
}

function checkLength(
  text: string,
  path: string,
  { lengthMax, lengthOf }: Channel,
  channelName: string,
): void {
  const length = lengthOf(text)
  if (length > lengthMax)
    throw invalidField(
      'body',
      path,
      `the text has ${length} characters, the channel ${channelName} takes at most ${lengthMax}`,
    )
}

function isPlain(text: string): boolean {
  return !/\p{Cc}/u.test(text) && text.isWellFormed()
}
