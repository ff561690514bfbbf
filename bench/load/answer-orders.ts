/**
 * The child's end of child.ts: answers each order of the parent with its result, and ends with its parent.
 *
 * @param hello what the parent is told at once
 */
export function answerOrders<Order>(
  carryOut: (order: Order) => Promise<unknown>,
  hello: unknown = 'ready',
): void {
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
  process.send!(hello)
}
