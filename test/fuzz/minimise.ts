const checksMax = 4000
const msMax = 20_000

/**
 * Cuts pieces out of an input for as long as it still fails in the same way: halves first, single characters at last.
 *
 * @param fails whether what is left still fails
 */
export async function minimise(input: string, fails: (shorter: string) => Promise<boolean>): Promise<string> {
  let least = input
  let checks = 0
  const untilMs = performance.now() + msMax
  const goesOn = () => checks < checksMax && performance.now() < untilMs
  let size = Math.ceil(input.length / 2)
  while (size >= 1 && goesOn()) {
    const before = least.length
    for (let at = 0; at < least.length && goesOn(); checks += 1) {
      const shorter = least.slice(0, at) + least.slice(at + size)
      if (await fails(shorter)) least = shorter
      else at += size
    }
    if (size === 1 && least.length === before) break
    size = Math.max(1, Math.floor(size / 2))
  }
  return least
}
