import type { Document, Node, ParsedNode, Scalar } from 'yaml'
import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, visit } from 'yaml'
import type { Mistake, Path } from './mistake.ts'
import { formatPath } from './mistake.ts'
import type { Environment } from './variables.ts'
import { plainValue, substitute } from './variables.ts'

/** A configuration file after parsing: the values it holds, and the way back to where each one is written. */
export type Source = {
  readonly value: unknown
  /** What was wrong with the text itself; values are of no use where the YAML could not be read. */
  readonly mistakes: readonly Mistake[]
  readonly readable: boolean
  /** The mistake for `expected` at the deepest written part of `path`; at a key's own name if `key` is given. */
  readonly mistake: (path: Path, expected: string, key?: string) => Mistake
  /** True where a variable had no value: whatever the schema says of it is a consequence. */
  readonly isUnset: (path: Path) => boolean
}

const bytesMax = 1_048_576
const aliasesMax = 100

/** Parses YAML 1.2 and puts the environment in; a variable can become a value, never structure. */
export function parseSource(text: string, file: string, env: Environment): Source {
  const lines = new LineCounter()
  const mistakes: Mistake[] = []
  const at = (offset: number, path: string, expected: string): Mistake => {
    const { line, col } = lines.linePos(offset)
    return { file, line: Math.max(line, 1), column: Math.max(col, 1), path, expected }
  }
  if (Buffer.byteLength(text) > bytesMax) {
    return unreadable([
      { file, line: 1, column: 1, path: '', expected: `expected at most ${bytesMax} bytes` },
    ])
  }
  const document = parseDocument(text, {
    lineCounter: lines,
    uniqueKeys: true,
    prettyErrors: false,
    // Its warnings quote keys, and a key can be a secret that lost its colon; what is wrong is told as a mistake.
    logLevel: 'error',
    version: '1.2',
  })
  for (const error of document.errors) mistakes.push(at(error.pos[0], '', syntaxMistake(error.code)))
  if (mistakes.length > 0) return unreadable(mistakes)

  const dangling = danglingAliases(document)
  if (dangling.length > 0)
    return unreadable(dangling.map(offset => at(offset, '', syntaxMistake('BAD_ALIAS'))))

  const unset = new Set<unknown>()
  visit(document, {
    Scalar(key, node) {
      if (key === 'key' || typeof node.value !== 'string' || !node.value.includes('${')) return
      const result = substitute(node.value, env)
      if ('expected' in result) {
        mistakes.push(at(node.range?.[0] ?? 0, '', result.expected))
        unset.add(node)
      } else node.value = node.type === 'PLAIN' ? plainValue(result.text) : result.text
    },
  })
  let value: unknown
  try {
    value = document.toJS({ maxAliasCount: aliasesMax })
  } catch {
    return unreadable([at(0, '', `expected at most ${aliasesMax} uses of aliases`)])
  }
  return {
    value,
    mistakes,
    readable: true,
    mistake: (path, expected, key) => at(offsetOf(document, path, key), joined(path, key), expected),
    isUnset: path => unset.has(nodeAt(document, path).node),
  }
}

/** Where an alias names an anchor that does not stand before it; the first ones, as each costs a look at the whole. */
function danglingAliases(document: Document.Parsed): number[] {
  const offsets: number[] = []
  let seen = 0
  visit(document, {
    Alias(_key, node) {
      seen += 1
      if (seen > aliasesMax) return visit.BREAK
      if (node.resolve(document) === undefined) offsets.push(node.range?.[0] ?? 0)
      return undefined
    },
  })
  return offsets
}

function unreadable(mistakes: readonly Mistake[]): Source {
  const nowhere = () => {
    throw new Error('nothing is located in a file that could not be read')
  }
  return { value: null, mistakes, readable: false, mistake: nowhere, isUnset: () => false }
}

type Found = { readonly node: Node | null; readonly offset: number }

/** Follows `path` as far as it is written; a value that is empty stands where its key stands. */
function nodeAt(document: Document.Parsed, path: Path): Found {
  let node: Node | null = resolved(document, document.contents as ParsedNode | null)
  let offset = node?.range?.[0] ?? 0
  for (const key of path) {
    if (isMap(node)) {
      const pair = node.items.find(item => isScalar(item.key) && String(item.key.value) === String(key))
      if (pair === undefined) return { node: null, offset }
      const written = pair.value as Node | null
      const empty = written === null || (isScalar(written) && written.value === null)
      offset = (empty ? (pair.key as Scalar).range : written.range)?.[0] ?? offset
      node = resolved(document, written)
    } else if (isSeq(node)) {
      const item = node.items[Number(key)] as Node | undefined
      if (item === undefined) return { node: null, offset }
      offset = item.range?.[0] ?? offset
      node = resolved(document, item)
    } else return { node: null, offset }
  }
  return { node, offset }
}

function resolved(document: Document.Parsed, node: Node | null): Node | null {
  return isAlias(node) ? (node.resolve(document) ?? null) : node
}

function offsetOf(document: Document.Parsed, path: Path, key: string | undefined): number {
  const found = nodeAt(document, path)
  if (key === undefined || !isMap(found.node)) return found.offset
  const pair = found.node.items.find(item => isScalar(item.key) && String(item.key.value) === key)
  return (pair?.key as Scalar | undefined)?.range?.[0] ?? found.offset
}

function joined(path: Path, key: string | undefined): string {
  return formatPath(key === undefined ? path : [...path, key])
}

/** Our own words for the parser's codes: its messages quote the file, which may hold a secret. */
function syntaxMistake(code: string): string {
  return syntax.get(code) ?? `expected YAML 1.2 (${code}); quote "\${NAME}" inside { } and [ ]`
}

const syntax = new Map([
  ['DUPLICATE_KEY', 'expected each key once'],
  ['BAD_ALIAS', 'expected an alias of an anchor that stands before it'],
  ['TAB_AS_INDENT', 'expected indentation by spaces, not tabs'],
  ['BAD_INDENT', 'expected the indentation of the lines around it'],
  ['MULTIPLE_DOCS', 'expected one document in the file'],
  ['BLOCK_AS_IMPLICIT_KEY', 'expected a value on one line, or quotes around a value with a colon'],
  ['BAD_DQ_ESCAPE', 'expected a known escape after the backslash, or single quotes'],
  ['TAG_RESOLVE_FAILED', 'expected no tag here'],
])
