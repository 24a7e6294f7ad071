import type { ConsoleSection } from '../page.ts'
import { campaigns } from './campaigns.ts'
import { deadLetters } from './dead-letters.ts'
import { facts } from './facts.ts'
import { overview } from './overview.ts'
import { posts } from './posts.ts'
import { trust } from './trust.ts'

/** The sections in the order of the navigation. A new one is one file and one line. */
export const sections: readonly ConsoleSection[] = [
  overview,
  trust,
  facts,
  campaigns,
  posts,
  deadLetters,
]
