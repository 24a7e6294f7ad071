import { fetchOnce } from './fetch-once.ts'
import { rawRequest } from './raw-request.ts'

/** What it takes to read a page behind TLS and authentication. */
export interface Access {
  readonly ca: Buffer
  readonly authorization: string
}

/** Reads a page, on a connection of its own. */
export async function getPage(
  url: string,
  access?: Access,
): Promise<{ readonly status: number | undefined; readonly text: string }> {
  if (access !== undefined) {
    const { ca, authorization } = access
    return await rawRequest(url, 'GET', { authorization }, undefined, ca)
  }
  const answer = await fetchOnce(url)
  return { status: answer.status, text: await answer.text() }
}
