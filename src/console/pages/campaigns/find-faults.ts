import type { CampaignPatch } from '../../../marketing/campaigns/campaign.ts'
import type { Faults } from '../../faults.ts'
import type { ConsoleUseCases } from '../../use-cases.ts'
import { type CampaignFields, faultOf } from './form.ts'

type Preview = ConsoleUseCases['marketing']['campaigns']['preview']

export interface Checked {
  readonly fields: CampaignFields
  /** What a change would change: only that is checked. */
  readonly patch: CampaignPatch
  readonly channels: readonly string[]
  readonly preview: Preview
}

/**
 * All faults of a campaign's form by the id of their field, beginning with the one that `cause` reports. The use case
 * reports one at a time, so each wrong field gets a value that is right, and the rest is checked again. Empty if
 * `cause` is about no field.
 */
export async function findFaults(cause: unknown, checked: Checked): Promise<Faults> {
  const { fields, patch, channels, preview } = checked
  const faults = new Map<string, string>()
  let rest = fields
  for (let thrown = cause; ; thrown = await errorOf(preview(rest))) {
    const fault = faultOf(thrown)
    if (fault === undefined) return faults
    const { field, message } = fault
    const id = idOf(field)
    if (faults.has(id)) return faults
    if (isChanged(field, patch)) faults.set(id, message)
    const next = await putRight(rest, field, channels, preview)
    if (next === undefined) return faults
    rest = next
  }
}

function errorOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
}

/** The id of the field that the API calls `messages.1` or `time_zone`. */
function idOf(field: string): string {
  if (!field.startsWith('messages')) return field
  const [, index = '0'] = field.split('.')
  return `message-${Number(index) + 1}`
}

function isChanged(field: string, patch: CampaignPatch): boolean {
  if (field.startsWith('messages') || field === 'channel')
    return patch.messages !== undefined || patch.channel !== undefined
  if (field === 'cron' || field === 'time_zone')
    return patch.cron !== undefined || patch.timeZone !== undefined
  return patch.name !== undefined
}

/** The fields with a value that is certainly right in place of a wrong one; undefined if there is none. */
async function putRight(
  fields: CampaignFields,
  field: string,
  channels: readonly string[],
  preview: Preview,
): Promise<CampaignFields | undefined> {
  if (field === 'name') return { ...fields, name: right.name }
  if (field === 'cron') return { ...fields, cron: right.cron }
  if (field === 'time_zone') return { ...fields, timeZone: right.timeZone }
  if (field === 'messages') return { ...fields, messages: right.messages }
  if (field.startsWith('messages.')) {
    const index = Number(field.split('.')[1])
    return { ...fields, messages: fields.messages.with(index, right.messages[0]) }
  }
  const [channel] = channels
  if (field !== 'channel' || channel === undefined || fields.channel === channel) return undefined
  return { ...fields, channel: await roomiestOf({ ...right, channel }, preview) }
}

const right = { name: 'a', messages: ['a'], cron: '0 0 1 1 *', timeZone: 'UTC' } as const

/** The channel that takes the longest text, so that no text is called too long for one that nobody chose. */
async function roomiestOf(fields: CampaignFields, preview: Preview): Promise<string> {
  const [text] = (await preview(fields)).texts
  if (text === undefined || 'problem' in text) return fields.channel
  const [roomiest] = text.lengths.toSorted((one, other) => other.lengthMax - one.lengthMax)
  return roomiest?.channel ?? fields.channel
}
