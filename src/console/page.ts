import type { html } from 'hono/html'
import type { Health } from '../health/read-health.ts'
import type { ConsoleUseCases } from './use-cases.ts'

export type Html = ReturnType<typeof html>

/** Who looks at a page. */
export interface Viewer {
  /** A digest of the key, never the key; `local` if no key is configured. */
  readonly keyId: string
  /** The key's name in the audit log. */
  readonly keyName: string
  /** Whether it may change anything. Without it a page has no buttons, and every action is refused. */
  readonly canOperate: boolean
}

/** What a page is made of. */
export interface PageRequest {
  readonly use: ConsoleUseCases
  readonly viewer: Viewer
  /** The values of the path's parameters, such as `id` in `/campaigns/:id`. */
  readonly params: Readonly<Record<string, string>>
  /** The filters, which a GET form puts into the URL. */
  readonly query: URLSearchParams
  /** This process's own clock, in milliseconds. */
  readonly now: number
}

export interface PageContent {
  /** The page's heading and the title of its tab. */
  readonly title: string
  readonly body: Html
  /** Plots need their library, which other pages do not load. */
  readonly hasPlots?: boolean
}

/** Renders one page; an `AppError` that it throws is shown with its status. */
export interface ConsolePage {
  /** A pattern of Hono, such as `/campaigns/:id`. */
  readonly path: string
  readonly render: (request: PageRequest) => Promise<PageContent>
}

/** What a form of a page sends. */
export interface ActionRequest extends PageRequest {
  readonly form: URLSearchParams
}

/**
 * Where the browser goes next and the notice that it shows once, a page again that says what is wrong, or a page
 * after which nothing has changed.
 */
export type ActionOutcome =
  | { readonly to: string; readonly notice: string }
  | { readonly preview: PageContent }
  | { readonly problem: PageContent }

/** A form's POST. Only a viewer who may operate reaches it; an `AppError` that it throws is shown. */
export interface ConsoleAction {
  readonly path: string
  readonly run: (request: ActionRequest) => Promise<ActionOutcome>
}

/** An entry of the navigation with its pages. */
export interface ConsoleSection {
  readonly path: string
  readonly name: string
  readonly pages: readonly ConsolePage[]
  readonly actions: readonly ConsoleAction[]
  /** What waits there for somebody, which the navigation counts. */
  readonly waiting?: Waiting
}

interface Waiting {
  readonly of: (health: Health) => number
  /** What they are, after their number. */
  readonly name: string
}
