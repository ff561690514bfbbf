import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** Collects all of it, now: what is left is what is held. Node must not be started in any special way for it. */
export const collectGarbage: () => void = gcOf()

function gcOf(): () => void {
  setFlagsFromString('--expose-gc')
  return runInNewContext('gc') as () => void
}
