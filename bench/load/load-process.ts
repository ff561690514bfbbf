import type { Load } from './open-loop.ts'
import { runOpenLoop } from './open-loop.ts'

/** The load, in a process of its own: answers each order with its result. Ends with its parent. */
process.on('message', (load: Load) => {
  runOpenLoop(load).then(
    result => process.send!(result),
    error => {
      console.error(error)
      process.exit(1)
    },
  )
})
process.on('disconnect', () => process.exit())
process.on('SIGINT', () => {})
process.send!('ready')
