type Given = Readonly<Record<string, string>>

/**
 * Removes the variables that Kubernetes and Docker set for the Services of a namespace, such as
 * `EMULATOR_PORT=tcp://10.0.0.1:80` for one named `emulator`, or `CHANNEL_NEWS_SERVICE_HOST=10.0.0.1` for
 * `channel-news`.
 * https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables
 */
export function dropServiceLinks(given: Given): Given {
  const services = Object.keys(given).flatMap((name) => serviceOf(name, given) ?? [])
  return Object.fromEntries(
    Object.entries(given).filter(
      ([name, value]) => !isAddress(name, value) && !services.some((one) => isOf(one, name)),
    ),
  )
}

const address = /^(tcp|udp|sctp):\/\//

function isAddress(name: string, value: string): boolean {
  return address.test(value) && /_PORT(_\d+_(TCP|UDP|SCTP))?$/.test(name)
}

/** The Service's name in capitals, from the variables that every Service has. */
function serviceOf(name: string, given: Given): string | undefined {
  const [, service] = /^(\w+)_SERVICE_HOST$/.exec(name) ?? []
  return /^\d+$/.test(given[`${service}_SERVICE_PORT`] ?? '') ? service : undefined
}

function isOf(service: string, name: string): boolean {
  if (!name.startsWith(`${service}_`)) return false
  const rest = name.slice(service.length + 1)
  return /^(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)$/.test(
    rest,
  )
}
