import { html } from 'hono/html'
import { AppError } from '../../../errors.ts'
import type { Campaign } from '../../../marketing/campaigns/store.ts'
import { type Faults, noFaults } from '../../faults.ts'
import type { ActionOutcome, ActionRequest, Html, PageContent, PageRequest } from '../../page.ts'
import {
  type CampaignFields,
  emptyFields,
  faultsOf,
  fieldsOf,
  patchOf,
  readFields,
} from './form.ts'
import { campaignForm } from './form-view.ts'
import { previewView } from './preview-view.ts'

/** The path of a campaign's own page. */
export function campaignPath(id: string): string {
  return `/campaigns/${encodeURIComponent(id)}`
}

/** Throws `forbidden` for whoever may only read: there is nothing to see on a form that cannot be sent. */
export function requireOperate({ viewer }: PageRequest): void {
  if (!viewer.canOperate)
    throw new AppError('forbidden', 'the API key may only read: sign in with one that may operate')
}

export async function renderNew(request: PageRequest): Promise<PageContent> {
  requireOperate(request)
  return formPage(request, undefined, { fields: emptyFields })
}

export async function renderChange(request: PageRequest): Promise<PageContent> {
  requireOperate(request)
  const campaign = await readCampaign(request)
  return formPage(request, campaign, { fields: fieldsOf(campaign) })
}

/** Saves a new campaign, or shows what it would post. */
export async function create(request: ActionRequest): Promise<ActionOutcome> {
  const { marketing } = request.use
  return submit(request, undefined, async (fields) => {
    const { id, name } = await marketing.create(fields)
    return { to: campaignPath(id), notice: `${name} is created. It posts from its next run on.` }
  })
}

/** Saves the changed fields of a campaign, or shows what it would post. */
export async function change(request: ActionRequest): Promise<ActionOutcome> {
  const { marketing } = request.use
  const campaign = await readCampaign(request)
  return submit(request, campaign, async (fields) => {
    const { id, name } = await marketing.change(campaign.id, patchOf(campaign, fields))
    return { to: campaignPath(id), notice: `${name} is changed.` }
  })
}

/** The campaign of a page's path. Throws `not_found`. */
export function readCampaign({ use, params }: PageRequest): Promise<Campaign> {
  const { id = '' } = params
  return use.marketing.campaigns.get(id)
}

type Saved = Extract<ActionOutcome, { to: string }>

async function submit(
  request: ActionRequest,
  campaign: Campaign | undefined,
  save: (fields: CampaignFields) => Promise<Saved>,
): Promise<ActionOutcome> {
  const { form, use, now } = request
  const fields = readFields(form)
  const page = (more: Partial<FormState>) => formPage(request, campaign, { fields, ...more })
  if (form.get('do') === 'another') return { preview: page({ hasAnother: true }) }
  try {
    if (form.get('do') !== 'preview') return await save(fields)
    const preview = await use.marketing.campaigns.preview(fields)
    return { preview: page({ preview: previewView(preview, fields, now) }) }
  } catch (cause) {
    const faults = faultsOf(cause)
    if (faults.size === 0) throw cause
    return { problem: page({ faults }) }
  }
}

interface FormState {
  readonly fields: CampaignFields
  readonly faults?: Faults
  readonly preview?: Html
  readonly hasAnother?: boolean
}

function formPage(
  { use }: PageRequest,
  campaign: Campaign | undefined,
  { fields, faults = noFaults, preview, hasAnother = false }: FormState,
): PageContent {
  const path = campaign === undefined ? undefined : campaignPath(campaign.id)
  return {
    title: campaign === undefined ? 'New campaign' : `Change ${campaign.name}`,
    body: html`${preview ?? ''}${campaignForm({
      path: path === undefined ? '/campaigns/new' : `${path}/change`,
      cancelPath: path ?? '/campaigns',
      fields,
      faults,
      channels: use.service.channels,
      hasAnother,
    })}`,
  }
}
