import t from 'tap'
import { skipWithout } from '../../support/web-server.ts'
import { prove, serverOf, upstreams } from './prove.ts'
import { hostileTargets } from './targets.ts'

const targets = hostileTargets(22, 1600)

for (const upstream of upstreams) {
  const server = serverOf(upstream)
  const skip = server === null ? false : skipWithout([server])
  t.test(
    `${upstream} serves nothing that the path did not ask for, whatever its spelling`,
    { skip },
    async t => {
      const proof = await prove(t, upstream, targets)
      t.ok(proof.sound, 'its owner gets what is protected, the caller what is allowed')
      t.same(proof.hits, [])
      t.same(proof.failed, [])
      t.same(proof.changed, [], 'what arrives is what was sent, byte for byte')
      t.equal(proof.forwarded + proof.refused, targets.length)
      t.ok(proof.forwarded > 80, `${proof.forwarded} were forwarded`)
      t.ok(proof.hitsWithout > 30, `without a sidecar ${proof.hitsWithout} of them get through`)
    },
  )
}
