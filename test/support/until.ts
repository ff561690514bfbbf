const triesMax = 2000
const betweenMs = 5

/**
 * Probes until there is something, and answers it. Whether it comes is the test; how soon is not: the bound is far above
 * what any machine takes.
 */
export async function until<Result>(
  what: string,
  probe: () => Result | Promise<Result>,
): Promise<Exclude<Result, false | null | undefined>> {
  for (let tries = 0; tries < triesMax; tries += 1) {
    const result = await probe()
    if (result !== null && result !== undefined && result !== false)
      return result as Exclude<Result, false | null | undefined>
    await new Promise(resolve => setTimeout(resolve, betweenMs))
  }
  throw new Error(`it never came to this: ${what}`)
}
