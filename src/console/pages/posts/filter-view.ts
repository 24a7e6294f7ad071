import { html } from 'hono/html'
import { number } from '../../format.ts'
import type { Html } from '../../page.ts'
import { countMax, type PostQuery, postsPath, statesInOrder } from './find.ts'
import { type PostState, stateWords } from './words.ts'

/** The number of posts in each state, each of which leads to those posts. */
export function stateLinks(query: PostQuery, counts: ReadonlyMap<PostState, number>): Html {
  const { channel, campaign } = query
  return html`
<nav aria-label="Posts by state" data-live="states"><ul class="tabs">
  <li><a href="${postsPath({ channel, campaign })}"${current(query.state === undefined)}>All</a></li>
  ${statesInOrder.map((state) => {
    const count = counts.get(state) ?? 0
    return html`
  <li><a id="state-${state}" href="${postsPath({ state, channel, campaign })}"${current(query.state === state)}>${stateWords[state].name}
  <span class="${state === 'unknown' && count > 0 ? 'bad' : 'soft'}">${count < countMax ? number(count) : `${number(countMax)}+`}</span></a></li>`
  })}
</ul></nav>`
}

function current(isCurrent: boolean): Html {
  return isCurrent ? html` aria-current="true"` : html``
}

/** A campaign to choose. */
export interface CampaignChoice {
  readonly id: string
  readonly name: string
}

/** The other filters; a GET form, so that a link or a reload keeps them. */
export function postFilterForm(
  query: PostQuery,
  channels: readonly string[],
  campaigns: readonly CampaignChoice[],
): Html {
  return html`
<form class="filters" method="get" action="/posts" role="search">
  ${query.state === undefined ? '' : html`<input type="hidden" name="state" value="${query.state}">`}
  ${choice(
    'campaign',
    'Campaign',
    query.campaign,
    campaigns.map(({ id, name }) => [id, name]),
  )}
  ${choice(
    'channel',
    'Channel',
    query.channel,
    channels.map((name) => [name, name]),
  )}
  <div class="buttons"><button class="primary">Filter</button><a class="button" href="/posts">Clear</a></div>
</form>`
}

function choice(
  name: string,
  label: string,
  chosen: string | undefined,
  values: readonly (readonly [string, string])[],
): Html {
  const isListed = chosen === undefined || values.some(([value]) => value === chosen)
  const all = isListed ? values : [...values, [chosen, chosen] as const]
  return html`<div><label for="${name}">${label}</label>
  <select id="${name}" name="${name}"><option value="">all</option>${all.map(
    ([value, text]) =>
      html`<option value="${value}"${value === chosen ? ' selected' : ''}>${text}</option>`,
  )}</select></div>`
}
