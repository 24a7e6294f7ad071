import { execFileSync, spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { chownSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { type Running, run } from '../support/run-process.ts'

const script = new URL('build-image.sh', import.meta.url).pathname

const description = z.object({
  Docker: z.object({
    config: z.object({
      User: z.string(),
      Env: z.array(z.string()),
      Cmd: z.array(z.string()),
      WorkingDir: z.string(),
      Healthcheck: z.object({ Test: z.array(z.string()) }),
      ExposedPorts: z.record(z.string(), z.object({})),
      Volumes: z.record(z.string(), z.object({})),
    }),
  }),
})

export interface Image {
  /** Its file system. */
  readonly root: string
  readonly config: z.output<typeof description>['Docker']['config']
}

/** Why no image can be built and started here; undefined when one can. */
export function missingForImage(): string | undefined {
  if (process.getuid?.() !== 0) return 'building and starting an image needs root'
  const programs = ['buildah', 'debootstrap', 'runc']
  const missing = programs.filter((name) => spawnSync('which', [name]).status !== 0)
  return missing.length === 0 ? undefined : `${missing.join(', ')} not installed`
}

/** Builds the image of deploy/Dockerfile, all of it in the folder. Its output goes to the terminal. */
export function buildImage(folder: string): Image {
  const printed = execFileSync('bash', [script, folder], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [root = '', ...json] = printed.toString().split('\n')
  return { root, config: description.parse(JSON.parse(json.join('\n'))).Docker.config }
}

export interface Container {
  readonly program: Running
  /** Runs a command beside the service, in its namespaces; answers what it wrote and its exit code. */
  exec(command: readonly string[]): { readonly status: number | null; readonly output: string }
}

/** Starts the image as compose and Kubernetes do: read-only, without any capability, on a network of its own. */
export function startContainer(
  stack: AsyncDisposableStack,
  image: Image,
  folder: string,
  environment: readonly string[],
): Container {
  const bundle = join(folder, 'bundle')
  const data = join(bundle, 'data')
  mkdirSync(data, { recursive: true })
  const id = `countinghouse-${randomUUID()}`
  const options = ['--root', join(folder, 'runc')]
  const settings = specOf(image, data, environment)
  chownSync(data, settings.process.user.uid, settings.process.user.gid)
  writeFileSync(join(bundle, 'config.json'), JSON.stringify(settings))
  const program = run(stack, {
    command: 'runc',
    args: [...options, 'run', '--bundle', bundle, id],
    keptChars: 200_000,
  })
  stack.defer(() => void spawnSync('runc', [...options, 'delete', '--force', id]))
  return {
    program,
    exec: (command) => {
      const { status, stdout, stderr } = spawnSync('runc', [...options, 'exec', id, ...command])
      return { status, output: `${stdout}${stderr}` }
    },
  }
}

/** https://github.com/opencontainers/runtime-spec/blob/main/config.md */
function specOf({ root, config }: Image, data: string, environment: readonly string[]) {
  const [uid = 0, gid = 0] = config.User.split(':').map(Number)
  const temporary = (destination: string, type: string) => ({
    destination,
    type,
    source: type,
    options: ['nosuid', 'nodev'],
  })
  return {
    ociVersion: '1.0.2',
    process: {
      user: { uid, gid },
      args: config.Cmd,
      env: [...config.Env, ...environment],
      cwd: config.WorkingDir,
      noNewPrivileges: true,
      capabilities: {},
    },
    root: { path: root, readonly: true },
    mounts: [
      { destination: '/proc', type: 'proc', source: 'proc' },
      { destination: '/dev', type: 'tmpfs', source: 'tmpfs', options: ['nosuid', 'mode=755'] },
      temporary('/tmp', 'tmpfs'),
      ...Object.keys(config.Volumes).map((destination) => ({
        destination,
        type: 'bind',
        source: data,
        options: ['bind', 'rw', 'nosuid', 'nodev'],
      })),
    ],
    linux: {
      namespaces: ['pid', 'mount', 'ipc', 'uts', 'network'].map((type) => ({ type })),
    },
  }
}
