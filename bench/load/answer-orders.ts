/** The child's end of child.ts: answers each order of the parent with its result, and ends with its parent. */
export function answerOrders<Order>(carryOut: (order: Order) => Promise<unknown>): void {
  process.on('message', (order: Order) => {
    carryOut(order).then(
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
}
