import { createHmac, timingSafeEqual } from 'node:crypto'
import { createServer } from 'node:http'
import { readBody } from './read-body.ts'
import { addressOf, reportPort } from './report-port.ts'

/**
 * Node's own server with the least that a webhook needs: Stripe's signature over the raw bytes, as its page on
 * verifying signatures by hand describes it (https://docs.stripe.com/webhooks#verify-manually). Nothing is kept.
 */
const secret = process.env.STRIPE_WEBHOOK_SECRET ?? ''
const toleranceSeconds = 300

const server = createServer((request, response) => {
  readBody(request, (body) => {
    const isValid = verify(body, String(request.headers['stripe-signature']))
    response.writeHead(isValid ? 200 : 400, { 'content-type': 'application/json' })
    response.end(isValid ? '{"outcome":"recorded"}' : '{"error":"signature"}')
  })
})

function verify(body: Buffer, header: string): boolean {
  const [, timestamp = '', signature = ''] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(header) ?? []
  if (Math.abs(Date.now() / 1000 - Number(timestamp)) > toleranceSeconds) return false
  const expected = createHmac('sha256', secret).update(`${timestamp}.`).update(body).digest()
  const given = Buffer.from(signature, 'hex')
  return given.length === expected.length && timingSafeEqual(expected, given)
}

server.listen(0, '127.0.0.1', () => reportPort(addressOf(server.address())))
