import type { Fuzzer } from './fuzzer.ts'
import { startConfigurations } from './fuzzers/configurations.ts'
import { startHeads } from './fuzzers/heads.ts'
import { startResponses } from './fuzzers/responses.ts'
import { startSidecarFuzzer } from './fuzzers/sidecar.ts'
import { startTargets } from './fuzzers/targets.ts'
import { startTokens } from './fuzzers/tokens.ts'
import { startWatch } from './fuzzers/watch.ts'

/** Every fuzzer, by the name that `--target` takes. Starting one may open sockets, which its close gives back. */
export const fuzzers: ReadonlyMap<string, () => Promise<Fuzzer>> = new Map([
  ['heads', startHeads],
  ['targets', startTargets],
  ['tokens', startTokens],
  ['configurations', startConfigurations],
  ['watch', startWatch],
  ['responses', startResponses],
  ['sidecar', startSidecarFuzzer],
])
