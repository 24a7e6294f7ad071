import { AsyncLocalStorage } from 'node:async_hooks'
import { subscribe } from 'node:diagnostics_channel'
import { ClientRequest } from 'node:http'
import type { Socket } from 'node:net'

/** Whether the data is too old to be sent. */
type IsLate = () => boolean

const sending = new AsyncLocalStorage<IsLate>()

subscribe('http.client.request.created', (message) => {
  const isLate = sending.getStore()
  if (isLate === undefined || typeof message !== 'object' || message === null) return
  if ('request' in message && message.request instanceof ClientRequest)
    guard(message.request, isLate)
})

/**
 * Runs `send`. Its HTTP requests, with any agent, complete only while `isLate` returns false: the last byte is
 * written only after the rest was handed over in time. A process that was suspended in between leaves the
 * receiver an incomplete request, which has no effect.
 */
export function sendInTime<T>(isLate: IsLate, send: () => T): T {
  return sending.run(isLate, send)
}

function guard(request: ClientRequest, isLate: IsLate): void {
  request.once('socket', (socket) => {
    const restore = guardWrites(socket, isLate)
    request.once('close', restore)
  })
}

type Done = (error?: Error | null) => void

function guardWrites(socket: Socket, isLate: IsLate): () => void {
  const { _write: write, _writev: writeAll } = socket
  const send = (bytes: Buffer, done: Done) => Reflect.apply(write, socket, [bytes, 'buffer', done])
  const unlessLate = (next: () => void, done: Done) => (isLate() ? done(late()) : next())
  const sendBoth = (bytes: Buffer, done: Done) =>
    unlessLate(
      () =>
        send(bytes.subarray(0, -1), (error) =>
          error ? done(error) : unlessLate(() => send(bytes.subarray(-1), done), done),
        ),
      done,
    )
  socket._write = (chunk, encoding, done) => sendBoth(toBytes(chunk, encoding), done)
  socket._writev = (chunks, done) =>
    sendBoth(Buffer.concat(chunks.map(({ chunk, encoding }) => toBytes(chunk, encoding))), done)
  return () => {
    Object.assign(socket, { _write: write, _writev: writeAll })
  }
}

function toBytes(chunk: Buffer | string, encoding: BufferEncoding): Buffer {
  return typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk
}

function late(): Error {
  return new Error('it was held up for longer than half a lease: it is not sent')
}
