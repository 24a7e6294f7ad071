import { type RouteConfig, z } from '@hono/zod-openapi'
import { jsonContent, onlyProblems } from '../../http/describe.ts'
import { acceptedOutcomes } from './outcomes.ts'

/** `POST /webhooks/stripe` in the OpenAPI description. */
export const webhookDescription: RouteConfig = {
  method: 'post',
  path: 'stripe',
  operationId: 'receiveStripeEvent',
  tags: ['Webhooks'],
  summary: 'Receive an event of Stripe',
  description:
    "Stripe sends its events to POST /webhooks/stripe, signed with the endpoint's secret. The answer is 200 only after the fact is committed.",
  security: [],
  request: {
    headers: z.object({
      'stripe-signature': z.string().openapi({
        description: 'At most 300 seconds old.',
        example: 't=1764237600,v1=5257a869e7…',
      }),
    }),
    body: {
      required: true,
      content: {
        'application/json': {
          schema: z
            .looseObject({ id: z.string(), type: z.string() })
            .openapi('StripeEvent', { description: 'An event as Stripe describes it.' }),
        },
      },
    },
  },
  responses: {
    200: jsonContent(
      z.object({ outcome: z.enum(acceptedOutcomes) }).openapi('WebhookReceipt'),
      'The fact is committed; or it is a duplicate, an event that does not count, or a dead letter.',
    ),
    ...onlyProblems(400, 413, 429, 500, 503),
  },
}
