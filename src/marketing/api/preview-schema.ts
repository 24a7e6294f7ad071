import { z } from '@hono/zod-openapi'
import type { CampaignPreview } from '../campaigns/preview.ts'
import { nextRunsSchema, showNextRuns } from './schemas.ts'

const lengthSchema = z.object({
  channel: z.string(),
  length: z.int().openapi({ description: 'As the service counts it.' }),
  length_max: z.int(),
})

export const campaignPreviewSchema = z
  .object({
    messages: z.array(
      z.object({
        text: z.string().nullable().openapi({ description: 'Null if it cannot be rendered now.' }),
        problem: z.string().nullable().openapi({ description: 'Why it cannot be rendered.' }),
        lengths: z.array(lengthSchema),
      }),
    ),
    next_runs: nextRunsSchema,
  })
  .openapi('CampaignPreview')

export function showPreview(
  { texts, runs }: CampaignPreview,
  timeZone: string,
): z.infer<typeof campaignPreviewSchema> {
  return {
    messages: texts.map((preview) =>
      'problem' in preview
        ? { text: null, problem: preview.problem, lengths: [] }
        : {
            text: preview.text,
            problem: null,
            lengths: preview.lengths.map(({ lengthMax, ...one }) => ({
              ...one,
              length_max: lengthMax,
            })),
          },
    ),
    next_runs: showNextRuns(timeZone, runs),
  }
}
