import { parseArgs } from 'node:util'
import { type PlanSetting, parsePlans } from '../config/plans.ts'
import { carryOverFile } from '../database/carry-over.ts'
import { startEmulator } from './start-emulator.ts'

const fileDefault = './data/stripe-emulator.db'
/** The path of an earlier version. */
const formerFileDefault = './data/stripe-sandbox.db'

const { values } = parseArgs({
  options: {
    host: { type: 'string', default: '127.0.0.1' },
    port: { type: 'string', default: '4242' },
    file: { type: 'string', default: fileDefault },
    'webhook-url': { type: 'string' },
    'api-url': { type: 'string' },
    'api-key': { type: 'string' },
    'metrics-url': { type: 'string' },
    faults: { type: 'string', default: '{}' },
    plans: { type: 'string' },
  },
})

function writeLine(line: object) {
  return process.stdout.write(`${JSON.stringify(line)}\n`)
}

function log(message: string, detail: object = {}) {
  process.stderr.write(`${JSON.stringify({ message, ...detail })}\n`)
}

if (values.file === fileDefault) carryOverFile(formerFileDefault, fileDefault, log)
function readPlans(text: string | undefined): { plans?: readonly PlanSetting[] } {
  if (text === undefined) return {}
  const parsed = parsePlans(text)
  if ('plans' in parsed) return parsed
  throw new Error(`--plans: ${parsed.problems.join('; ')}`)
}

const emulator = await startEmulator({
  host: values.host,
  port: Number(values.port),
  file: values.file,
  now: Date.now,
  log,
  faults: JSON.parse(values.faults),
  ...readPlans(values.plans),
})

const { 'webhook-url': webhookUrl, 'api-url': apiUrl, 'metrics-url': metricsUrl } = values
const apiKey = values['api-key']
if (webhookUrl !== undefined)
  emulator.connect({
    webhookUrl,
    apiUrl: apiUrl ?? new URL(webhookUrl).origin,
    metricsUrl: metricsUrl ?? 'http://127.0.0.1:9464/metrics',
    ...(apiKey === undefined ? {} : { apiKey }),
  })

writeLine({
  url: emulator.url,
  secretKey: emulator.secretKey,
  webhookSecret: emulator.webhookSecret,
})

async function stop() {
  await emulator.stop()
  process.exit(0)
}
process.once('SIGTERM', stop)
process.once('SIGINT', stop)
