import { parseArgs } from 'node:util'
import { answerHelp } from '../../support/script-help.ts'
import { measurePartitions } from './measure-partitions.ts'
import { measureReplicas } from './measure-replicas.ts'

answerHelp('bench:scaling')

/**
 * What `docs/scaling.md` says of several replicas on one PostgreSQL, and of `facts` partitioned by hash of the key.
 */
const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true, default: ['replicas', 'partitions'] },
    replicas: { type: 'string', default: '1,2,3,4' },
    rounds: { type: 'string', default: '5' },
    requests: { type: 'string', default: '20000' },
    facts: { type: 'string', default: '10000000' },
    partitions: { type: 'string', default: '16' },
    slices: { type: 'string', default: '21' },
  },
})

if (values.only.includes('replicas'))
  show(
    await measureReplicas({
      replicaCounts: values.replicas.split(',').map(Number),
      rounds: Number(values.rounds),
      requests: Number(values.requests),
    }),
  )
if (values.only.includes('partitions'))
  show(
    await measurePartitions({
      factCount: Number(values.facts),
      partitionCount: Number(values.partitions),
      slices: Number(values.slices),
    }),
  )

function show(rows: readonly object[]): void {
  // biome-ignore lint/suspicious/noConsole: a table for a person is what this program is for
  console.table(rows)
}
