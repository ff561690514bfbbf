import { answerOrders } from './answer-orders.ts'
import { runOpenLoop } from './open-loop.ts'

/** The load, in a process of its own. */
answerOrders(runOpenLoop)
