import { html } from 'hono/html'
import type { Html } from '../../page.ts'
import type { CampaignFields, FieldFault } from './form.ts'

export interface CampaignForm {
  /** Where it is sent. */
  readonly path: string
  /** Where it is given up. */
  readonly cancelPath: string
  readonly fields: CampaignFields
  readonly fault: FieldFault | undefined
  readonly channels: readonly string[]
  /** Whether it has one more text than the fields. */
  readonly hasAnother: boolean
}

/** The form of a campaign; what was typed is kept, and a fault is shown at its field. */
export function campaignForm(form: CampaignForm): Html {
  const { path, cancelPath, fields, fault } = form
  return html`
<form class="card" method="post" action="${path}">
<div class="fields">
  ${line('name', 'Name', fields.name, fault, 'What it is called here. It is not posted.')}
  ${texts(form)}
  ${line('cron', 'When', fields.cron, fault, 'Minute, hour, day, month, weekday: 0 9 * * 1-5 is each working day at 9.')}
  ${line('time_zone', 'Time zone', fields.timeZone, fault, 'Such as Europe/Berlin or UTC.')}
  ${channelChoice(form)}
  <div class="buttons"><button class="primary" name="do" value="save">Save</button><button name="do" value="preview">Preview</button>
  <button name="do" value="another">Another text</button><a class="button" href="${cancelPath}">Cancel</a></div>
</div>
</form>`
}

function texts({ fields, fault, hasAnother }: CampaignForm): Html {
  const { messages } = fields
  const shown = hasAnother || messages.length === 0 ? [...messages, ''] : messages
  return html`${shown.map((message, index) => {
    const own = fault?.field === `messages.${index}` || (fault?.field === 'messages' && index === 0)
    const id = `message-${index + 1}`
    return html`
  <div><label for="${id}">${shown.length === 1 ? 'Text' : `Text ${index + 1}`}</label>
  <textarea id="${id}" name="message" aria-describedby="${own ? `${id}-fault ` : ''}message-help"${invalid(own)}>
${message}</textarea>${own ? faultText(id, fault) : ''}</div>`
  })}
  <div><p class="soft" id="message-help">{date} is the day of the slot, {price:starter} what the plan starter costs when it is posted; {{ and }} are braces.
  Several texts take turns. An empty one is left out.</p></div>`
}

function line(
  name: string,
  label: string,
  value: string,
  fault: FieldFault | undefined,
  help: string,
): Html {
  const own = fault?.field === name
  return html`
  <div><label for="${name}">${label}</label>
  <input id="${name}" name="${name}" type="text" value="${value}" autocomplete="off" aria-describedby="${own ? `${name}-fault ` : ''}${name}-help"${invalid(own)}>
  ${own ? faultText(name, fault) : ''}<p class="soft" id="${name}-help">${help}</p></div>`
}

function channelChoice({ fields: { channel }, fault, channels }: CampaignForm): Html {
  const own = fault?.field === 'channel'
  const all = channel === '' || channels.includes(channel) ? channels : [channel, ...channels]
  return html`
  <div><label for="channel">Channel</label>
  <select id="channel" name="channel"${own ? html` aria-describedby="channel-fault"` : ''}${invalid(own)}>${all.map(
    (name) => html`<option${name === channel ? ' selected' : ''}>${name}</option>`,
  )}</select>${own ? faultText('channel', fault) : ''}</div>`
}

function invalid(isInvalid: boolean): Html {
  return isInvalid ? html` aria-invalid="true" autofocus` : html``
}

function faultText(id: string, fault: FieldFault | undefined): Html {
  return html`<p class="fault" id="${id}-fault" role="alert">${fault?.message ?? ''}</p>`
}
