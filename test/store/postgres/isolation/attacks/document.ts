import { readAccessText } from '../../../../../src/store/postgres/queries/access.ts'
import type { Scene } from '../scene.ts'

/** The document of one's own, which most of the schema is read for, and none of another tenant. */
export async function readDocument(scene: Scene): Promise<readonly string[]> {
  const { mine, theirs } = scene.tenants
  const read = (subject: string, tenant: string) =>
    scene.attempt({
      role: 'postern_runtime',
      text: readAccessText,
      values: ['https://id.example/', subject, tenant],
    })
  const own = await read('alpha-worker', mine)
  const service = await read('alpha', mine)
  const foreign = await read('bravo-worker', theirs)
  return [
    ...(own.count === 1 ? [] : [`no document for a member: ${own.error}`]),
    ...(service.count === 1 ? [] : [`no document for a service: ${service.error}`]),
    ...(foreign.count === 0 && foreign.told.length === 0 ? [] : ['a document of the other tenant']),
  ]
}
