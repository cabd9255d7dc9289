/** Ranks from 1; equal values share the mean of theirs. */
function ranksOf(x: ArrayLike<number>): Float64Array {
  const order = Array.from({ length: x.length }, (_, i) => i).sort((a, b) => x[a]! - x[b]!);
  const ranks = new Float64Array(x.length);
  for (let begin = 0; begin < order.length; ) {
    let end = begin + 1;
    while (end < order.length && x[order[end]!] === x[order[begin]!]) end++;
    for (let k = begin; k < end; k++) ranks[order[k]!] = (begin + 1 + end) / 2;
    begin = end;
  }
  return ranks;
}

/**
 * Spearman's rank correlation of two equally long lists of finite numbers: Pearson's of their ranks, from -1 to 1. Null where one list
 * is constant.
 */
export function rankCorrelation(a: ArrayLike<number>, b: ArrayLike<number>): number | null {
  const [p, q] = [ranksOf(a), ranksOf(b)];
  const mean = (p.length + 1) / 2;
  let [pq, pp, qq] = [0, 0, 0];
  for (let i = 0; i < p.length; i++) {
    const [x, y] = [p[i]! - mean, q[i]! - mean];
    pq += x * y;
    pp += x * x;
    qq += y * y;
  }
  return pp === 0 || qq === 0 ? null : pq / Math.sqrt(pp * qq);
}
