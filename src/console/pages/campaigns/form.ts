import { AppError } from '../../../errors.ts'
import type { CampaignPatch, CampaignRequest } from '../../../marketing/campaigns/campaign.ts'
import type { Campaign } from '../../../marketing/campaigns/store.ts'

/** What a form has in its fields. */
export type CampaignFields = CampaignRequest

/** What is wrong with a field: its name, such as `cron` or `messages.1`, and what to do. */
export interface FieldFault {
  readonly field: string
  readonly message: string
}

export const emptyFields: CampaignFields = {
  name: '',
  messages: [''],
  cron: '0 9 * * 1-5',
  timeZone: 'UTC',
  channel: '',
}

/** The fields of a form as they were typed. Empty texts are left out; a browser sends line ends as CRLF. */
export function readFields(form: URLSearchParams): CampaignFields {
  const messages = form
    .getAll('message')
    .map((message) => message.replaceAll('\r\n', '\n'))
    .filter((message) => message.trim() !== '')
  return {
    name: form.get('name') ?? '',
    messages,
    cron: form.get('cron') ?? '',
    timeZone: (form.get('time_zone') ?? '').trim(),
    channel: form.get('channel') ?? '',
  }
}

export function fieldsOf({ name, messages, cron, timeZone, channel }: Campaign): CampaignFields {
  return { name, messages, cron, timeZone, channel }
}

/** The fields that differ: only those are checked, so that a campaign whose channel is gone can be renamed. */
export function patchOf(campaign: Campaign, fields: CampaignFields): CampaignPatch {
  const areSame = JSON.stringify(campaign.messages) === JSON.stringify(fields.messages)
  return {
    ...(fields.name === campaign.name ? {} : { name: fields.name }),
    ...(areSame ? {} : { messages: fields.messages }),
    ...(fields.cron === campaign.cron ? {} : { cron: fields.cron }),
    ...(fields.timeZone === campaign.timeZone ? {} : { timeZone: fields.timeZone }),
    ...(fields.channel === campaign.channel ? {} : { channel: fields.channel }),
  }
}

const fieldOfCode: Readonly<Record<string, string>> = {
  invalid_cron: 'cron',
  invalid_time_zone: 'time_zone',
  unknown_channel: 'channel',
}

/** The field that an error is about, as the API names it; undefined if it is about none. */
export function faultOf(error: unknown): FieldFault | undefined {
  if (!(error instanceof AppError)) return undefined
  const { code, message, fields } = error
  const [one] = fields
  if (one !== undefined) return { field: one.path, message: sentence(one.message) }
  const field = fieldOfCode[code]
  return field === undefined ? undefined : { field, message: sentence(message) }
}

function sentence(message: string): string {
  return `${message.charAt(0).toUpperCase()}${message.slice(1)}.`
}
