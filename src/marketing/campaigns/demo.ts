import { draftCampaign, type Offer } from './campaign.ts'
import type { CampaignStore } from './store.ts'

const demo = {
  name: 'Demo',
  messages: [
    'Starter: everything a first shop needs.',
    'Professional: for shops that grow.',
    'Enterprise: for shops that have grown.',
  ],
  cron: '* * * * *',
  timeZone: 'UTC',
  channel: 'console',
}

/** Creates a campaign that posts to the console every minute, unless a campaign ever existed. */
export async function seedDemoCampaign(
  campaigns: CampaignStore,
  offer: Offer,
  now: number,
): Promise<void> {
  if (!offer.channels.has(demo.channel) || !(await campaigns.isEmpty())) return
  await campaigns.insert('campaign_demo', draftCampaign(demo, offer, now), now)
}
