import { draftCampaign } from './campaign.ts'
import type { CampaignStore } from './campaign-store.ts'
import type { Channels } from './channels/channel.ts'

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

/** Keeps a campaign that posts to the console every minute, unless there is any campaign already. */
export const seedDemoCampaign = async (
  campaigns: CampaignStore,
  channels: Channels,
  now: number,
): Promise<void> => {
  if (!channels.has(demo.channel) || !(await campaigns.isEmpty())) return
  await campaigns.insert('campaign_demo', draftCampaign(demo, channels, now), now)
}
