import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Clock } from '../lib/clock.ts'

export type DemoNotes = {
  readonly list: (request: IncomingMessage, response: ServerResponse) => void
  readonly add: (request: IncomingMessage, response: ServerResponse) => void
}

type Note = {
  readonly id: number
  readonly workspace: string | null
  readonly text: string
  readonly atMs: number
}

const tenantsMax = 1000
const notesMax = 100
const bodyBytesMax = 64 * 1024

/**
 * Notes in memory, each tenant's for itself. Which tenant a request belongs to is read from X-QLP-Tenant-Id alone, never
 * from the path: that is what the sidecar proved.
 */
export function createDemoNotes(clock: Clock): DemoNotes {
  const byTenant = new Map<string, Note[]>()
  let lastId = 0

  return {
    list: (request, response) => {
      const tenant = fieldOf(request, 'x-qlp-tenant-id')
      if (tenant === null) {
        answer(response, 400, { error: 'no tenant was proven' })
        return
      }
      const workspace = fieldOf(request, 'x-qlp-workspace-id')
      const all = byTenant.get(tenant) ?? []
      const notes = workspace === null ? all : all.filter(note => note.workspace === workspace)
      answer(response, 200, { tenant, workspace, notes })
    },
    add: (request, response) => {
      const tenant = fieldOf(request, 'x-qlp-tenant-id')
      if (tenant === null) answer(response, 400, { error: 'no tenant was proven' })
      else readText(request, text => store(response, tenant, fieldOf(request, 'x-qlp-workspace-id'), text))
    },
  }

  function store(
    response: ServerResponse,
    tenant: string,
    workspace: string | null,
    text: string | null,
  ): void {
    if (text === null) {
      answer(response, 400, { error: `expected {"text": "…"} of at most ${bodyBytesMax} bytes` })
      return
    }
    const notes = byTenant.get(tenant) ?? []
    if (!byTenant.has(tenant) && byTenant.size >= tenantsMax) byTenant.delete(byTenant.keys().next().value!)
    byTenant.set(tenant, notes)
    lastId += 1
    const note = { id: lastId, workspace, text, atMs: clock.nowMs() }
    notes.push(note)
    if (notes.length > notesMax) notes.shift()
    answer(response, 201, { tenant, note })
  }
}

function readText(request: IncomingMessage, done: (text: string | null) => void): void {
  const chunks: Buffer[] = []
  let bytes = 0
  request.on('error', () => {})
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes <= bodyBytesMax) chunks.push(chunk)
  })
  request.on('end', () => done(bytes > bodyBytesMax ? null : textOf(Buffer.concat(chunks).toString())))
}

function textOf(body: string): string | null {
  try {
    const value: unknown = JSON.parse(body)
    return value !== null && typeof value === 'object' && 'text' in value && typeof value.text === 'string'
      ? value.text
      : null
  } catch {
    return null
  }
}

function fieldOf(request: IncomingMessage, name: string): string | null {
  const value = request.headers[name]
  return typeof value === 'string' && value !== '' ? value : null
}

function answer(response: ServerResponse, status: number, value: unknown): void {
  const body = Buffer.from(`${JSON.stringify(value)}\n`)
  response.writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': body.length }).end(body)
}
