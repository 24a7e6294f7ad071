interface StreamEvent {
  readonly id: string
  readonly event: string
  readonly data: string
}

export interface EventStream {
  readonly response: Response
  /** The events so far that have data. */
  readonly events: readonly StreamEvent[]
  /** The id that a client would resume with. */
  lastEventId(): string | undefined
  /** Everything received so far, as it is. */
  text(): string
  /** Resolves when the server has ended the stream, or it was broken off. */
  readonly ended: Promise<void>
  /** Breaks the connection off. */
  kill(): void
}

/** Reads a stream of server-sent events as the HTML standard defines it. */
export async function openEventStream(
  url: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<EventStream> {
  const ending = new AbortController()
  const response = await fetch(url, { headers, signal: ending.signal })
  const events: StreamEvent[] = []
  const state: { lastEventId?: string; text: string; rest: string } = { text: '', rest: '' }
  const read = async (): Promise<void> => {
    if (!response.headers.get('content-type')?.startsWith('text/event-stream')) return
    const decoder = new TextDecoder()
    for await (const bytes of response.body ?? []) {
      const text = decoder.decode(bytes, { stream: true })
      state.text += text
      const blocks = `${state.rest}${text}`.split('\n\n')
      state.rest = blocks.pop() ?? ''
      for (const block of blocks) {
        const fields = fieldsOf(block)
        state.lastEventId = fields.get('id') ?? state.lastEventId ?? ''
        const data = fields.get('data')
        if (data === undefined) continue
        events.push({ id: state.lastEventId, event: fields.get('event') ?? 'message', data })
      }
    }
  }
  return {
    response,
    events,
    lastEventId: () => state.lastEventId,
    text: () => state.text,
    ended: read().catch(() => undefined),
    kill: () => ending.abort(),
  }
}

function fieldsOf(block: string): ReadonlyMap<string, string> {
  const lines = block.split('\n').filter((line) => !line.startsWith(':'))
  return new Map(
    lines.map((line) => {
      const [name = '', ...value] = line.split(': ')
      return [name, value.join(': ')] as const
    }),
  )
}
