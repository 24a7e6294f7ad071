import { writeFileSync } from 'node:fs'
import { dashboard } from './dashboard.ts'

/** Writes the dashboard's JSON file: `npm run dashboard`. */
const target = new URL('../grafana/dashboards/countinghouse.json', import.meta.url)
writeFileSync(target, `${JSON.stringify(dashboard, null, 2)}\n`)
