const generator = 65_537
const primes = [
  3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103, 107,
  109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167,
]
const marks = primes.map(prime => ({ prime: BigInt(prime), powers: powersOf(generator, prime) }))

/**
 * Tells an RSA modulus made by the smart card library of CVE-2017-15361 (ROCA), whose private key can be computed from it.
 * Its primes, hence their product, are powers of 65537 modulo every small prime; of other moduli, one in 2^27 is.
 */
export function hasRocaMark(modulus: bigint): boolean {
  return marks.every(({ prime, powers }) => powers.has(modulus % prime))
}

function powersOf(base: number, prime: number): ReadonlySet<bigint> {
  const powers = new Set<bigint>()
  for (let power = 1; !powers.has(BigInt(power)); power = (power * base) % prime) powers.add(BigInt(power))
  return powers
}
