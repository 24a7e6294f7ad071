/** One panel in the words of this dashboard; `layout.ts` turns it into Grafana's. */
export interface Panel {
  readonly title: string
  /** How to read it, and what it does not say. */
  readonly description: string
  readonly type: 'stat' | 'timeseries' | 'bargauge' | 'table'
  /** Grafana's name of the unit. */
  readonly unit: string
  readonly queries: readonly Query[]
  /** Of 24 columns. */
  readonly width: number
  readonly height: number
  /** Events in a window are drawn as bars, states as lines. */
  readonly draw?: 'bars' | 'lines'
  readonly decimals?: number
  readonly min?: number
  readonly max?: number
  /** From this value on it is red; `below` turns it round. */
  readonly red?: { readonly from: number } | { readonly below: number }
}

export interface Query {
  readonly expr: string
  /** The name of its series; labels in double braces. */
  readonly legend: string
}

export interface Row {
  readonly title: string
  readonly panels: readonly Panel[]
}
