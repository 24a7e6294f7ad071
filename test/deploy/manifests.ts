import { join } from 'node:path'
import { expect } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'
import { z } from 'zod'
import { textOf } from './repository.ts'

const kustomization = z.looseObject({ resources: z.array(z.string()).default([]) })

/** The files that a Kustomization names, and those of the Kustomizations that it names; patches are not applied. */
export function resourcesOf(folder: string): readonly string[] {
  const { resources } = kustomization.parse(parse(textOf(join(folder, 'kustomization.yaml'))))
  return resources.flatMap((resource) =>
    resource.endsWith('.yaml') ? [join(folder, resource)] : resourcesOf(join(folder, resource)),
  )
}

const manifest = z.looseObject({ kind: z.string(), metadata: z.looseObject({ name: z.string() }) })

/** The resources of a file. Fails the test if it is no YAML or holds something else. */
export function documentsOf(file: string): readonly z.output<typeof manifest>[] {
  return readManifests(textOf(file))
}

/** The resources of a stream of YAML, such as the output of `kustomize build`. */
export function readManifests(text: string): readonly z.output<typeof manifest>[] {
  return parseAllDocuments(text).map((document) => {
    expect(document.errors).toEqual([])
    return manifest.parse(document.toJS())
  })
}
