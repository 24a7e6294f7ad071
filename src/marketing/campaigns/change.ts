import type { LedgerTime } from '../../database/clock.ts'
import { AppError } from '../../errors.ts'
import type { PostExpiry } from '../posts/expire.ts'
import { type CampaignPatch, type Offer, redraftCampaign } from './campaign.ts'
import { openSlots, type SlotOpener } from './open-slots.ts'
import type { Campaign, CampaignChange, CampaignStore } from './store.ts'

export interface CampaignChanger extends SlotOpener {
  readonly campaigns: Pick<CampaignStore, 'get' | 'change'>
  readonly expiry: Pick<PostExpiry, 'withdrawOf'>
  readonly time: LedgerTime
  readonly offer: Offer
}

const attemptsMax = 10

/**
 * Changes a campaign from now on: earlier slots are posted unchanged, and a pause withdraws waiting
 * posts. Throws like `redraftCampaign`, `not_found`, or `overloaded`.
 */
export async function changeCampaign(
  changer: CampaignChanger,
  id: string,
  patch: CampaignPatch,
): Promise<Campaign> {
  await apply(changer, id, (campaign, now) => ({
    draft: redraftCampaign(campaign, patch, changer.offer, now),
    isPaused: patch.isPaused ?? campaign.isPaused,
    isDeleted: false,
  }))
  return changer.campaigns.get(id)
}

/** Deletes a campaign; its posts are kept. Throws `not_found` or `overloaded`. */
export function deleteCampaign(changer: CampaignChanger, id: string): Promise<void> {
  return apply(changer, id, (campaign) => ({
    draft: campaign,
    isPaused: campaign.isPaused,
    isDeleted: true,
  }))
}

async function apply(
  changer: CampaignChanger,
  id: string,
  decide: (campaign: Campaign, now: number) => CampaignChange,
): Promise<void> {
  const { queries, campaigns, expiry, time } = changer
  for (let attempt = 1; attempt <= attemptsMax; attempt += 1) {
    const campaign = await campaigns.get(id)
    const now = await time.read()
    const change = decide(campaign, now)
    if (
      campaign.nextSlotAt !== null &&
      campaign.nextSlotAt <= now &&
      (await opens(changer, campaign, now))
    )
      continue
    const isChanged = await queries.transaction().execute(async (transaction) => {
      if (!(await campaigns.change(transaction, campaign, change, now))) return false
      const why = expiryReason(campaign, change)
      if (why !== undefined) await expiry.withdrawOf(transaction, id, why)
      return true
    })
    if (isChanged) return
  }
  throw new AppError('overloaded', `the campaign ${id} is being changed by others: try again`)
}

/** Creates the slots of the old pattern until now; false if they can no longer be calculated. */
async function opens(opener: SlotOpener, campaign: Campaign, now: number): Promise<boolean> {
  try {
    await openSlots(opener, campaign, now)
    return true
  } catch (cause) {
    if (cause instanceof AppError) return false
    throw cause
  }
}

function expiryReason(campaign: Campaign, to: CampaignChange): string | undefined {
  if (to.isDeleted) return 'the campaign was deleted'
  return to.isPaused && !campaign.isPaused ? 'the campaign was paused' : undefined
}
