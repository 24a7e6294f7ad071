import { describe, expect, inject, test } from 'vitest'
import { endpointVersion } from '../../src/stripe/client/setup-gateway.ts'
import { startReceiver } from '../support/receiver.ts'
import { runSetup, webhookUrl } from '../support/run-setup.ts'
import { startStripeMock } from './programs.ts'

const missing = { error: { type: 'invalid_request_error', code: 'resource_missing' } }

/**
 * The mock, as an account without the product. It knows every id, no /v2, and no version after its own description, so the
 * endpoint's version is named as that one.
 */
async function startEmptyMock(sent: string[]): Promise<string> {
  const mock = await startStripeMock()
  const { url } = await startReceiver(async (request, response, body) => {
    const { method = 'GET', url: path = '', headers } = request
    sent.push(`${method} ${path.split('?')[0]}`)
    if (method === 'GET' && path.startsWith('/v1/products/')) {
      response.writeHead(404, { 'content-type': 'application/json' }).end(JSON.stringify(missing))
      return
    }
    const form = body.toString().replace(endpointVersion, '2026-08-26.dahlia')
    const answer = await fetch(`${mock}${path}`, {
      method,
      headers: {
        authorization: headers.authorization ?? '',
        'content-type': headers['content-type'] ?? '',
      },
      ...(method === 'POST' && { body: form }),
    })
    response
      .writeHead(answer.status, { 'content-type': 'application/json' })
      .end(await answer.text())
  })
  return url
}

describe.skipIf(inject('tools').paths['stripe-mock'] === '')(
  'setup at Stripe’s own mock server',
  () => {
    test.each([
      ['a recurring price', 'starter=19.00usd/month'],
      ['a price for several periods', 'starter=99eur/3months'],
      ['a price that is paid once', 'starter=1000jpy'],
    ])('makes %s, its product and the endpoint', async (_, price) => {
      const sent: string[] = []
      const environment = {
        STRIPE_SECRET_KEY: 'sk_test_123',
        STRIPE_API_BASE: await startEmptyMock(sent),
        PUBLIC_URL: 'https://pay.example.com',
        PLANS: 'starter',
      }
      const { exitCode, text } = await runSetup(environment, ['--price', price, '--yes'])
      expect(sent).toEqual(
        expect.arrayContaining([
          'POST /v1/products',
          'POST /v1/prices',
          'POST /v1/webhook_endpoints',
          'GET /v2/core/event_destinations',
        ]),
      )
      expect(text).toMatch(/^made {2}price starter +.*\(price_\w+\)$/m)
      expect(text).toContain(`made  endpoint       ${webhookUrl} (we_`)
      expect(exitCode).toBe(0)
    })
  },
)
