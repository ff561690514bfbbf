import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export type SourceFile = {
  /** From the root of the project: src/lib/clock.ts. */
  readonly path: string
  readonly text: string
}

export type Import = {
  /** A path from the root of the project, or a package. */
  readonly target: string
  readonly names: readonly string[]
  readonly onlyTypes: boolean
  /** file:line */
  readonly place: string
}

const root = fileURLToPath(new URL('../../', import.meta.url))

/** Every TypeScript file below a folder of the project, in order. */
export function sourceFiles(folder: string): SourceFile[] {
  return readdirSync(`${root}${folder}`, { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.ts'))
    .map(name => `${folder}/${name.replaceAll('\\', '/')}`)
    .sort()
    .map(path => ({ path, text: readFileSync(`${root}${path}`, 'utf8') }))
}

/** What a file imports: statements, `import()` of a literal, and `import('…').Type` in types. */
export function importsOf({ path, text }: SourceFile): Import[] {
  const found = [...text.matchAll(statement), ...text.matchAll(expression)]
  return found.map(match => {
    const { typeOnly, names = '', from = '' } = match.groups ?? {}
    return {
      target: targetOf(path, from),
      names: names.split(/[{},\s]+/).filter(name => name !== ''),
      onlyTypes: typeOnly !== undefined,
      place: placeOf({ path, text }, match.index),
    }
  })
}

export function placeOf({ path, text }: SourceFile, index: number): string {
  return `${path}:${text.slice(0, index).split('\n').length}`
}

const statement =
  /^import\s+(?<typeOnly>type\s)?(?:(?<names>[\w$\s{},*]+?)\s*from\s*)?['"](?<from>[^'"]+)['"]/gm
const expression = /\bimport\(\s*['"](?<from>[^'"]+)['"]\s*\)/g

function targetOf(path: string, from: string): string {
  return from.startsWith('.') ? new URL(from, `file:///${path}`).pathname.slice(1) : from
}
