import { type Check, well } from './check.ts'

/** Names the settings that have another effect than they may be meant to have; the service runs with them. */
export const settings: Check = {
  name: 'settings',
  asksStripe: false,
  look: async ({ config }) => config.warnings.map((warning) => well('settings', warning)),
}
