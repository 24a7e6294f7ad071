import { html } from 'hono/html'
import type {
  CampaignPreview,
  TextLength,
  TextPreview,
} from '../../../marketing/campaigns/preview.ts'
import { number } from '../../format.ts'
import type { Html } from '../../page.ts'
import type { CampaignFields } from './form.ts'
import { runsView } from './runs-view.ts'

/** What a campaign would post, and when. Nothing is saved. */
export function previewView(
  { texts, runs }: CampaignPreview,
  fields: CampaignFields,
  now: number,
): Html {
  return html`
<section class="card" aria-labelledby="preview"><h2 id="preview" tabindex="-1" autofocus>Preview</h2>
<p class="soft" role="status">Not saved yet. With today's date, and prices as they are now.</p>
${texts.map((text, index) => textView(text, index, texts.length, fields.channel))}
<h3>Next runs</h3>
${runsView(runs, fields, now)}
</section>`
}

function textView(text: TextPreview, index: number, count: number, channel: string): Html {
  const title = count === 1 ? html`` : html`<h3>Text ${index + 1}</h3>`
  if ('problem' in text)
    return html`${title}<p class="problem">It cannot be filled in now: ${text.problem}.</p>`
  return html`${title}
<p class="posted">${text.text}</p>
<ul class="lengths" aria-label="Length by channel">${text.lengths.map((one) => lengthView(one, channel))}</ul>`
}

function lengthView({ channel, length, lengthMax }: TextLength, chosen: string): Html {
  const tone = length > lengthMax ? 'bad' : channel === chosen ? 'good' : ''
  const excess = length > lengthMax ? `, ${number(length - lengthMax)} too many` : ''
  return html`<li><span class="tag ${tone}">${channel}${channel === chosen ? ' (chosen)' : ''}: ${number(length)} of ${number(lengthMax)}${excess}</span></li>`
}
