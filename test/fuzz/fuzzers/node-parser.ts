import { createRequire } from 'node:module'

export type NodeHead = {
  readonly httpVersion: string
  readonly headers: readonly string[]
  readonly upgrade: boolean
  readonly keepsAlive: boolean
}

/** Node's own parser of requests, without a server around it. */
export type NodeParser = {
  /** The heads that have ended so far. */
  readonly heads: readonly NodeHead[]
  /** False once it has refused something. */
  readonly take: (chunk: Buffer) => boolean
}

type Internal = {
  initialize(type: number, resource: object, headBytesMax: number, lenient: number): void
  execute(chunk: Buffer): number | Error
  close(): void
  [event: number]: (...given: never[]) => unknown
}

type InternalClass = {
  new (): Internal
  readonly REQUEST: number
  readonly kOnHeaders: number
  readonly kOnHeadersComplete: number
  readonly kOnBody: number
  readonly kOnMessageComplete: number
}

/** No public API has it; nothing but this fuzzer may depend on it. */
const { HTTPParser } = createRequire(import.meta.url)('node:_http_common') as { HTTPParser: InternalClass }

export function createNodeParser(headBytesMax: number): NodeParser {
  const heads: NodeHead[] = []
  let early: string[] = []
  const parser = new HTTPParser()
  parser.initialize(HTTPParser.REQUEST, {}, headBytesMax, 0)
  parser[HTTPParser.kOnHeaders] = (headers: string[]) => {
    early.push(...headers)
  }
  parser[HTTPParser.kOnHeadersComplete] = (
    major: number,
    minor: number,
    headers: string[] | undefined,
    _method: number,
    _url: string,
    _status: number,
    _text: string,
    upgrade: boolean,
    keepsAlive: boolean,
  ) => {
    heads.push({ httpVersion: `${major}.${minor}`, headers: headers ?? early, upgrade, keepsAlive })
    early = []
    return 0
  }
  parser[HTTPParser.kOnBody] = () => {}
  // What comes between head and end are trailers.
  parser[HTTPParser.kOnMessageComplete] = () => {
    early = []
  }
  return { heads, take: chunk => typeof parser.execute(chunk) === 'number' }
}
