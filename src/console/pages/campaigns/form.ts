import { AppError, fieldsOf as fieldsOfError } from '../../../errors.ts'
import type { CampaignPatch, CampaignRequest } from '../../../marketing/campaigns/campaign.ts'
import type { Campaign } from '../../../marketing/campaigns/store.ts'
import type { Faults } from '../../faults.ts'

/** What a form has in its fields. */
export type CampaignFields = CampaignRequest

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

/** What an error says of the fields of the form, by the id of each; empty if it is about none. */
export function faultsOf(error: unknown): Faults {
  const fields = error instanceof AppError ? fieldsOfError(error) : []
  return new Map(fields.map(({ path, message }) => [idOf(path), sentence(message)]))
}

/** The id of the field that the API calls `messages.1` or `time_zone`. */
function idOf(path: string): string {
  if (!path.startsWith('messages')) return path
  const [, index = '0'] = path.split('.')
  return `message-${Number(index) + 1}`
}

function sentence(message: string): string {
  return `${message.charAt(0).toUpperCase()}${message.slice(1)}.`
}
