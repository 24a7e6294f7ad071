import type { Command } from './command.ts'

/** All `npm run <name>` commands except the service itself. A new command is one file and one line. */
export const commands: Readonly<Record<string, () => Promise<Command>>> = {
  backfill: async () => (await import('./backfill.ts')).backfill,
  backup: async () => (await import('./backup.ts')).backup,
  doctor: async () => (await import('./doctor.ts')).doctor,
  erase: async () => (await import('./erase.ts')).erase,
  export: async () => (await import('./export.ts')).exportFacts,
  keys: async () => (await import('./keys.ts')).keys,
  'move-ledger': async () => (await import('./move-ledger.ts')).moveLedger,
  prune: async () => (await import('./prune.ts')).prune,
  recover: async () => (await import('./recover.ts')).recover,
  reset: async () => (await import('./reset.ts')).reset,
  verify: async () => (await import('./verify.ts')).verify,
}
