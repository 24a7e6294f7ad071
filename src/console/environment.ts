import type { HttpBindings } from '@hono/node-server'
import type { Hono } from 'hono'
import type { Viewer } from './page.ts'

export interface ConsoleEnv {
  Bindings: HttpBindings
  Variables: {
    /** Set on every page and action. */
    viewer: Viewer
  }
}

export type ConsoleRouter = Hono<ConsoleEnv>
