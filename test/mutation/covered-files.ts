import { instrumentationFiles, ledgerFiles } from './covered/ledger.ts'
import { marketingFiles } from './covered/marketing.ts'
import { stripeFiles } from './covered/stripe.ts'

/** The core's files, and the narrow test files that must notice a change of each. */
export const coveredFiles: Readonly<Record<string, readonly string[]>> = {
  ...instrumentationFiles,
  'src/http/api-key.ts': ['test/http/require-api-key.test.ts'],
  ...ledgerFiles,
  ...marketingFiles,
  ...stripeFiles,
}

/** Folders whose every file is part of the core. `test/tidy/mutants.test.ts` fails when one is missing above. */
export const coreFolders: readonly string[] = [
  'instrumentation/business',
  'instrumentation/export',
  'src/ledger',
  'src/marketing/posts',
  'src/marketing/sending',
  'src/stripe/facts',
  'src/stripe/sync',
]
