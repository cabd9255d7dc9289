/** How often each pair of neighboring letters or digits occurs; the rest of a name is punctuation, and case is style. */
function pairsOf(name: string): Map<string, number> {
  const letters = name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');
  const pairs = new Map<string, number>();
  for (let i = 0; i + 1 < letters.length; i++) {
    const pair = letters.slice(i, i + 2);
    pairs.set(pair, (pairs.get(pair) ?? 0) + 1);
  }
  return pairs;
}

const countOf = (pairs: ReadonlyMap<string, number>): number => [...pairs.values()].reduce((sum, n) => sum + n, 0);

/**
 * How much two names are alike, from 0 to 1: 2 · |pairs of both| / (|pairs of one| + |pairs of the other|) of pairs of neighboring letters, of which each
 * counts as often as it occurs (Sørensen 1948, Dice 1945).
 *
 * @returns 1 for names that differ in case and punctuation alone
 */
export function nameSimilarity(a: string, b: string): number {
  const [one, other] = [pairsOf(a), pairsOf(b)];
  const all = countOf(one) + countOf(other);
  if (all === 0) return a.toLowerCase() === b.toLowerCase() ? 1 : 0;
  let both = 0;
  for (const [pair, count] of one) both += Math.min(count, other.get(pair) ?? 0);
  return (2 * both) / all;
}
