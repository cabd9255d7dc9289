const LIMIT = 1000;
let powers: Float64Array | undefined;

/** The largest e with 2^e <= x, or one off; -Infinity for 0. */
export function exponentOf(x: number): number {
  return Math.floor(Math.log2(x));
}

/** x times 2^e for any integer e, rounded only where the result is subnormal. */
export function timesPower(x: number, e: number): number {
  powers ??= Float64Array.from({ length: 2 * LIMIT + 1 }, (_, i) => 2 ** (i - LIMIT));
  let value = x;
  let rest = e;
  for (; rest > LIMIT && value !== 0; rest -= LIMIT) value *= powers[2 * LIMIT]!;
  for (; rest < -LIMIT && value !== 0; rest += LIMIT) value *= powers[0]!;
  return value === 0 ? value : value * powers[rest + LIMIT]!;
}
