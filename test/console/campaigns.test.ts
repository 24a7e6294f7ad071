import { expect, test } from 'vitest'
import { consoleKeys, cookieOf, operateKey, ownForm, readKey } from '../support/open-page.ts'
import { startWithQuietChat, yearly } from '../support/quiet-chat.ts'
import { rawRequest } from '../support/raw-request.ts'
import { startTestApp } from '../support/start-test-app.ts'

type Fields = Readonly<Record<string, string | readonly string[]>>

async function openCampaigns() {
  const app = await startWithQuietChat()
  const page = async (path: string) => (await rawRequest(`${app.apiUrl}${path}`, 'GET')).text
  const send = (path: string, fields: Fields = {}) => {
    const form = new URLSearchParams()
    for (const [name, values] of Object.entries(fields))
      for (const value of [values].flat()) form.append(name, value)
    return rawRequest(`${app.apiUrl}${path}`, 'POST', ownForm(app.apiUrl), `${form}`)
  }
  const read = async (path: string) => (await (await app.call('GET', path)).json()) as Shown
  return { app, page, send, read }
}

interface Shown {
  readonly data: readonly Shown[]
  readonly messages: readonly string[]
  readonly paused: boolean
  readonly name: string
  readonly state: string
}

const typed = {
  name: 'Black Friday',
  message: ['Today is {date}.\r\nCome in.', '  ', '{price:starter} for all'],
  cron: '30 2 * * *',
  time_zone: 'Europe/Berlin',
  channel: 'print',
  do: 'save',
}

test('a campaign is created, changed, paused, resumed and deleted', async () => {
  const { app, page, send, read } = await openCampaigns()
  const created = await send('/campaigns/new', typed)
  expect([created.status, created.headers.location]).toEqual([
    303,
    expect.stringMatching(/^\/campaigns\/campaign_/),
  ])
  const path = created.headers.location ?? ''
  const campaign = () => read(`/v1${path}`)
  expect((await campaign()).messages).toEqual([
    'Today is {date}.\nCome in.',
    '{price:starter} for all',
  ])
  const own = await page(path)
  expect(own).toMatch(/<code>30 2 \* \* \*<\/code> in Europe\/Berlin/)
  expect(own).toMatch(/The clocks of Europe\/Berlin go (forward|back) on \d{4}-\d\d-\d\d\. A time/)
  expect(await page(`${path}/change`)).toContain('value="Black Friday"')
  expect((await send(`${path}/change`, { ...typed, name: 'Cyber Monday' })).status).toBe(303)
  expect(await page('/campaigns')).toMatch(/Cyber Monday<\/a><\/th><td><time [^>]+>[^<]+02:30 Eur/)
  expect((await send(`${path}/pause`)).status).toBe(303)
  expect((await campaign()).paused).toBe(true)
  expect(await page(path)).toContain('None while it is paused')
  expect((await send(`${path}/resume`)).status).toBe(303)
  expect((await campaign()).paused).toBe(false)
  expect(await page(`${path}/delete`)).toContain('Delete Cyber Monday?')
  expect((await campaign()).name).toBe('Cyber Monday')
  expect((await send(`${path}/delete`)).headers.location).toBe('/campaigns')
  expect((await rawRequest(`${app.apiUrl}${path}`, 'GET')).status).toBe(404)
})

test('a preview shows each text, its length on each channel and the next runs, and saves nothing', async () => {
  const { send, read } = await openCampaigns()
  const before = (await read('/v1/campaigns')).data.length
  const { status, text } = await send('/campaigns/new', { ...typed, do: 'preview' })
  expect(status).toBe(200)
  const day = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Berlin' }).format(Date.now())
  expect(text).toContain(`<p class="posted">Today is ${day}.\nCome in.</p>`)
  expect(text).toContain('<p class="posted">$19.00 for all</p>')
  expect(text).toContain('chat: 14 of 4,000')
  expect(text).toContain('print (chosen): 14 of ')
  expect(text.match(/<li><time datetime="[^"]+T02:30:00\+/g)).toHaveLength(5)
  expect(text).toContain('value="Black Friday"')
  expect((await read('/v1/campaigns')).data).toHaveLength(before)
})

test.each([
  ['cron', { cron: 'daily <b>' }, 'cron', 'give five fields'],
  ['time zone', { time_zone: 'Mars/Base' }, 'time_zone', 'give an IANA name'],
  ['name', { name: ' ' }, 'name', 'Give 1 to 100 characters'],
  ['text', { message: ['fine', '{prize}'] }, 'message-2', 'is no placeholder'],
  ['texts', { message: '' }, 'message-1', 'Give 1 to 20 texts'],
  ['text, too long', { channel: 'chat', message: 'x'.repeat(4_001) }, 'message-1', 'at most 4000'],
  ['channel', { channel: 'fax' }, 'channel', 'there is no channel'],
])('a wrong %s is shown at its field, with what was typed', async (_, wrong, id, words) => {
  const { send } = await openCampaigns()
  for (const act of ['save', 'preview']) {
    const { status, text } = await send('/campaigns/new', { ...typed, ...wrong, do: act })
    expect(status).toBe(400)
    const [, fault = ''] = new RegExp(`id="${id}-fault">([^<]+)<`).exec(text) ?? []
    expect(fault.toLowerCase()).toContain(words.toLowerCase())
    const field = new RegExp(`<(input|select|textarea) id="${id}"[^>]* aria-invalid="true"`)
    expect(text).toMatch(field)
    expect(text).toContain('cron' in wrong ? 'value="daily &lt;b&gt;"' : 'value="30 2 * * *"')
    expect(text).not.toContain('daily <b>')
  }
})

test('all that is wrong is shown at once, each at its field and above the form, as one announcement', async () => {
  const { send } = await openCampaigns()
  const wrong = {
    name: ' ',
    message: ['fine', '{prize}'],
    cron: 'daily',
    time_zone: 'Mars/Base',
    channel: 'fax',
  }
  const { status, text } = await send('/campaigns/new', { ...typed, ...wrong })
  expect(status).toBe(400)
  const ids = ['name', 'message-2', 'cron', 'time_zone', 'channel']
  expect([...text.matchAll(/id="([\w-]+)-fault"/g)].map(([, id]) => id)).toEqual(ids)
  expect([...text.matchAll(/<li><a href="#([\w-]+)">/g)].map(([, id]) => id)).toEqual(ids)
  for (const id of ids)
    expect(text).toMatch(new RegExp(`id="${id}"[^>]* aria-describedby="${id}-fault[ "]`))
  expect(text).toContain('5 fields have to be put right')
  expect(text.match(/role="alert"/g)).toHaveLength(1)
})

test('a wrong channel does not make the texts too long for another one', async () => {
  const { send } = await openCampaigns()
  const { text } = await send('/campaigns/new', {
    ...typed,
    channel: 'fax',
    message: 'x'.repeat(4_001),
  })
  expect([...text.matchAll(/id="([\w-]+)-fault"/g)].map(([, id]) => id)).toEqual(['channel'])
})

test('another text is asked for, without saving', async () => {
  const { send } = await openCampaigns()
  const { status, text } = await send('/campaigns/new', { ...typed, do: 'another' })
  expect(status).toBe(200)
  expect(text.match(/<textarea/g)).toHaveLength(3)
})

test('posting now leads to the post with its outcome, once for one form', async () => {
  const { app, page, send, read } = await openCampaigns()
  const created = await app.call('POST', '/v1/campaigns', yearly)
  const { id } = (await created.json()) as { id: string }
  const [, once = ''] = /name="once" value="([^"]+)"/.exec(await page(`/campaigns/${id}`)) ?? []
  const first = await send(`/campaigns/${id}/post`, { once })
  expect(first.headers.location).toMatch(/^\/posts\/post_/)
  expect(decodeURIComponent(first.headers['set-cookie']?.join() ?? '')).toContain('Unknown. It may')
  const again = await send(`/campaigns/${id}/post`, { once })
  expect(again.headers.location).toBe(first.headers.location)
  expect((await read(`/v1/campaigns/${id}/posts`)).data).toHaveLength(1)
})

test('a campaign whose channel is no longer configured can still be renamed', async () => {
  const app = await startWithQuietChat()
  const created = await app.call('POST', '/v1/campaigns', yearly)
  const { id } = (await created.json()) as { id: string }
  await app.stop()
  const again = await startTestApp({ folder: app.folder })
  const path = `${again.apiUrl}/campaigns/${id}`
  expect((await rawRequest(path, 'GET')).text).toContain('not configured')
  const form = { ...typed, message: yearly.messages, cron: yearly.cron, channel: 'chat' }
  const fields = new URLSearchParams({ ...form, message: 'It is cold.' })
  const { status } = await rawRequest(`${path}/change`, 'POST', ownForm(again.apiUrl), `${fields}`)
  expect(status).toBe(303)
  expect((await rawRequest(path, 'GET')).text).toContain('<h1>Black Friday</h1>')
  fields.set('name', '')
  const wrong = await rawRequest(`${path}/change`, 'POST', ownForm(again.apiUrl), `${fields}`)
  expect([...wrong.text.matchAll(/id="([\w-]+)-fault"/g)].map(([, id]) => id)).toEqual(['name'])
})

test('a key that may only read sees campaigns and can change none', async () => {
  const app = await startWithQuietChat({ API_KEYS: consoleKeys })
  const cookie = await cookieOf(app.apiUrl, readKey)
  const open = (path: string) => rawRequest(`${app.apiUrl}${path}`, 'GET', { cookie })
  const authorization = `Bearer ${operateKey}`
  const created = await app.call('POST', '/v1/campaigns', yearly, { authorization })
  const { id } = (await created.json()) as { id: string }
  for (const path of ['/campaigns', `/campaigns/${id}`]) {
    const { status, text } = await open(path)
    expect(status).toBe(200)
    expect(text).toContain('Winter sale')
    expect(text).not.toMatch(/Post now|New campaign|Delete|\/change/)
  }
  for (const path of ['/campaigns/new', `/campaigns/${id}/change`, `/campaigns/${id}/delete`])
    expect((await open(path)).status).toBe(403)
  for (const path of ['new', `${id}/change`, `${id}/delete`, `${id}/post`, `${id}/pause`]) {
    const headers = { ...ownForm(app.apiUrl), cookie }
    const answer = await rawRequest(`${app.apiUrl}/campaigns/${path}`, 'POST', headers, 'name=x')
    expect(answer.status).toBe(403)
  }
})
