import { html } from 'hono/html'
import {
  type Faults,
  faultSummary,
  faultText,
  fieldAttributes,
  type NamedField,
} from '../../faults.ts'
import type { Html } from '../../page.ts'
import type { CampaignFields } from './form.ts'

export interface CampaignForm {
  /** Where it is sent. */
  readonly path: string
  /** Where it is given up. */
  readonly cancelPath: string
  readonly fields: CampaignFields
  readonly faults: Faults
  readonly channels: readonly string[]
  /** Whether it has one more text than the fields. */
  readonly hasAnother: boolean
}

/** The form of a campaign; what was typed is kept, and each fault is shown at its field. */
export function campaignForm(form: CampaignForm): Html {
  const { path, cancelPath, fields, faults } = form
  return html`
<form class="card" method="post" action="${path}">
<div class="fields">
  ${faultSummary(faults, namesOf(form))}
  ${line('name', 'Name', fields.name, faults, 'What it is called here. It is not posted.')}
  ${texts(form)}
  ${line('cron', 'When', fields.cron, faults, 'Minute, hour, day, month, weekday: 0 9 * * 1-5 is each working day at 9.')}
  ${line('time_zone', 'Time zone', fields.timeZone, faults, 'Such as Europe/Berlin or UTC.')}
  ${channelChoice(form)}
  <div class="buttons"><button class="primary" name="do" value="save">Save</button><button name="do" value="preview">Preview</button>
  <button name="do" value="another">Another text</button><a class="button" href="${cancelPath}">Cancel</a></div>
</div>
</form>`
}

/** The fields in their order. */
function namesOf(form: CampaignForm): readonly NamedField[] {
  return [
    ['name', 'Name'],
    ...shownTexts(form).map(({ id, label }): NamedField => [id, label]),
    ['cron', 'When'],
    ['time_zone', 'Time zone'],
    ['channel', 'Channel'],
  ]
}

function shownTexts({ fields: { messages }, hasAnother }: CampaignForm) {
  const shown = hasAnother || messages.length === 0 ? [...messages, ''] : messages
  return shown.map((message, index) => ({
    id: `message-${index + 1}`,
    label: shown.length === 1 ? 'Text' : `Text ${index + 1}`,
    message,
  }))
}

function texts(form: CampaignForm): Html {
  const { faults } = form
  return html`${shownTexts(form).map(
    ({ id, label, message }) => html`
  <div><label for="${id}">${label}</label>
  <textarea id="${id}" name="message"${fieldAttributes(id, faults, 'message-help')}>
${message}</textarea>${faultText(id, faults)}</div>`,
  )}
  <div><p class="soft" id="message-help">{date} is the day of the slot, {price:starter} what the plan starter costs when it is posted; {{ and }} are braces.
  Several texts take turns. An empty one is left out.</p></div>`
}

function line(name: string, label: string, value: string, faults: Faults, help: string): Html {
  return html`
  <div><label for="${name}">${label}</label>
  <input id="${name}" name="${name}" type="text" value="${value}" autocomplete="off"${fieldAttributes(name, faults, `${name}-help`)}>
  ${faultText(name, faults)}<p class="soft" id="${name}-help">${help}</p></div>`
}

function channelChoice({ fields: { channel }, faults, channels }: CampaignForm): Html {
  const all = channel === '' || channels.includes(channel) ? channels : [channel, ...channels]
  return html`
  <div><label for="channel">Channel</label>
  <select id="channel" name="channel"${fieldAttributes('channel', faults)}>${all.map(
    (name) => html`<option${name === channel ? ' selected' : ''}>${name}</option>`,
  )}</select>${faultText('channel', faults)}</div>`
}
