import { z } from 'zod'
import { fetchOnce } from './fetch-once.ts'

const pageSchema = z.object({
  data: z.array(z.looseObject({ id: z.string() })),
  has_more: z.boolean(),
})

/** Every event that Stripe's list shows now, as JSON, the newest first. */
export async function listEvents(
  { url, secretKey }: { readonly url: string; readonly secretKey: string },
  query: Readonly<Record<string, string>>,
): Promise<readonly string[]> {
  const bodies: string[] = []
  for (let after: object = {}; ; ) {
    const parameters = new URLSearchParams({ ...query, limit: '100', ...after })
    const answer = await fetchOnce(`${url}/v1/events?${parameters}`, {
      headers: { authorization: `Bearer ${secretKey}` },
    })
    const page = pageSchema.parse(await answer.json())
    for (const event of page.data) bodies.push(JSON.stringify(event))
    if (!page.has_more) return bodies
    after = { starting_after: page.data.at(-1)?.id ?? '' }
  }
}
