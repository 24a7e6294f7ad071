type Given = Readonly<Record<string, string>>

/** Where outgoing requests go through, by the names that Node reads. Values may contain a password. */
type OutgoingProxy = {
  readonly http_proxy?: string
  readonly https_proxy?: string
  readonly no_proxy: string
}

interface ProxyReading {
  /** Undefined if requests go straight to their hosts. */
  readonly proxy: OutgoingProxy | undefined
  readonly problems: readonly string[]
}

/** The names in small letters, as other programs read them too. */
export const proxyNames = ['http_proxy', 'https_proxy', 'no_proxy'] as const

/** What runs on this machine is never reached through a proxy. */
const loopback = ['localhost', '127.0.0.1', '::1', '[::1]']

/** Reads `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY`; the names in small letters take precedence, as in curl. */
export function readProxy(given: Given): ProxyReading {
  const value = (name: string) => given[name] ?? given[name.toUpperCase()]
  const [http, https] = [value('http_proxy'), value('https_proxy')]
  if (http === undefined && https === undefined) return { proxy: undefined, problems: [] }
  const exempt = [value('no_proxy'), ...loopback].filter((one) => one !== undefined)
  return {
    proxy: {
      ...(http !== undefined && { http_proxy: http }),
      ...(https !== undefined && { https_proxy: https }),
      no_proxy: value('no_proxy') === '*' ? '*' : exempt.join(','),
    },
    problems: [...problemOf('HTTP_PROXY', http), ...problemOf('HTTPS_PROXY', https)],
  }
}

function problemOf(name: string, value: string | undefined): readonly string[] {
  return value === undefined || (/^https?:\/\/./i.test(value) && URL.canParse(value))
    ? []
    : [`${name}: give the proxy as a URL, such as http://proxy.example:3128`]
}
