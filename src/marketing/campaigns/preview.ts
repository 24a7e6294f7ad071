import type { Channels } from '../channels/channel.ts'
import { composePost, type ReadPrice, renderPost } from '../posts/render.ts'
import { type CampaignRequest, draftCampaign, type Offer } from './campaign.ts'
import { type NextRun, nextRuns } from './next-runs.ts'

/** What a campaign would post. */
export interface CampaignPreview {
  readonly texts: readonly TextPreview[]
  readonly runs: readonly NextRun[]
}

export type TextPreview =
  | { readonly text: string; readonly lengths: readonly TextLength[] }
  /** Why it has no text now. */
  | { readonly problem: string }

/** How long a text is on a channel, as its service counts. */
export interface TextLength {
  readonly channel: string
  readonly length: number
  readonly lengthMax: number
}

const runCount = 5

/**
 * The texts of a campaign with the date of `now` and the prices that can be read, and its first slots.
 * Throws like `draftCampaign`. Stores nothing.
 */
export async function previewCampaign(
  request: CampaignRequest,
  offer: Offer,
  readPrice: ReadPrice,
  now: number,
): Promise<CampaignPreview> {
  const draft = draftCampaign(request, offer, now)
  const texts = await Promise.all(
    draft.messages.map(async (message): Promise<TextPreview> => {
      const rendering = await renderPost(composePost(message, now, draft.timeZone), readPrice)
      return 'problem' in rendering
        ? rendering
        : { text: rendering.text, lengths: lengthsOf(rendering.text, offer.channels) }
    }),
  )
  return { texts, runs: nextRuns({ ...draft, isPaused: false, slotsThrough: now }, now, runCount) }
}

function lengthsOf(text: string, channels: Channels): readonly TextLength[] {
  return [...channels].map(([channel, { lengthOf, lengthMax }]) => ({
    channel,
    length: lengthOf(text),
    lengthMax,
  }))
}
