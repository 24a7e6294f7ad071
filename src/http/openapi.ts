import type { Api } from './api.ts'

/** `GET /openapi.json`: the description of every route that was declared before. */
export function addOpenApi(api: Api, version: string): void {
  api.openAPIRegistry.registerComponent('securitySchemes', 'bearer', {
    type: 'http',
    scheme: 'bearer',
    description: 'One of API_KEYS. Not needed while none is configured.',
  })
  api.doc31('/openapi.json', {
    openapi: '3.1.0',
    info: {
      title: 'countinghouse',
      version,
      description: 'Starts Checkout Sessions, posts promotions, and counts both truthfully.',
    },
  })
}
