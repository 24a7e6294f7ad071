/** One panel of this dashboard. `to-grafana.ts` converts it to Grafana's format. */
export interface Panel {
  readonly title: string
  /** How to read the panel, and what it does not show. */
  readonly description: string
  readonly type: 'stat' | 'timeseries' | 'bargauge' | 'table'
  /** A unit id of Grafana. */
  readonly unit: string
  readonly queries: readonly Query[]
  /** In columns, of 24. */
  readonly width: number
  readonly height: number
  /** Bars for events in a window, lines for states. */
  readonly draw?: 'bars' | 'lines'
  readonly decimals?: number
  readonly min?: number
  readonly max?: number
  /** A fixed color for some of the series, by legend. */
  readonly colors?: Readonly<Record<string, string>>
  /** Only for a table: its columns from left to right, by label, with their headings. */
  readonly columns?: Readonly<Record<string, string>>
  /** Where a click on a value leads. */
  readonly link?: { readonly title: string; readonly url: string }
  /** The value from which the panel is red, or below which it is. */
  readonly red?: { readonly from: number } | { readonly below: number }
}

interface Query {
  readonly expr: string
  /** The name of each series; labels in double braces. */
  readonly legend: string
}

export interface Row {
  readonly title: string
  readonly panels: readonly Panel[]
}
