import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export type CorpusFile = { readonly name: string; readonly input: string }

/** The kept inputs of a fuzzer: what is interesting, and what once failed. Each file is one input, byte for byte. */
export function readCorpus(fuzzer: string): CorpusFile[] {
  const folder = fileURLToPath(new URL(`./corpus/${fuzzer}/`, import.meta.url))
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .sort()
    .map(name => ({ name, input: readFileSync(`${folder}${name}`, 'latin1') }))
}
