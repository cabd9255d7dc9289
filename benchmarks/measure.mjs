// The protocol: every task times ours and its peers in the same run, alternating, and compares medians.

/** The median of some numbers. */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/**
 * Times the runners of a task in turn, `rounds` times after rounds that are not counted: one, or up to five within half a second,
 * for what is compiled while it runs.
 *
 * @param {Record<string, () => unknown>} runners - the first is ours
 * @param {number} rounds
 * @returns {Promise<Record<string, number>>} milliseconds, medians, by runner
 */
export async function alternate(runners, rounds) {
  const times = Object.fromEntries(Object.keys(runners).map((name) => [name, []]));
  const round = async (count) => {
    for (const [name, run] of Object.entries(runners)) {
      const begin = performance.now();
      await run();
      count(name, performance.now() - begin);
    }
  };
  const begin = performance.now();
  for (let i = 0; i < 5 && (i === 0 || performance.now() - begin < 500); i++) await round(() => {});
  for (let i = 0; i < rounds; i++) await round((name, ms) => times[name].push(ms));
  return Object.fromEntries(Object.entries(times).map(([name, values]) => [name, median(values)]));
}

/** P(X ≤ k) of a binomial of n fair coins. */
function fairCoins(n, k) {
  let term = 0.5 ** n;
  let sum = 0;
  for (let i = 0; i <= k; i++) {
    sum += term;
    term *= (n - i) / (i + 1);
  }
  return sum;
}

/**
 * The interval between two order statistics that covers the median with at least the given probability, whatever the values'
 * law: from the k-th least to the k-th greatest value, k as large as that allows.
 *
 * @param {number[]} values - at least six for 95 %
 * @returns {[number, number]}
 */
export function medianInterval(values, confidence = 0.95) {
  const sorted = [...values].sort((a, b) => a - b);
  let k = 0;
  while (fairCoins(sorted.length, k) <= (1 - confidence) / 2) k++;
  if (k === 0) throw new RangeError(`medianInterval: values must be more for ${confidence}, got ${values.length}`);
  return [sorted[k - 1], sorted[sorted.length - k]];
}

/** The processor time of this process, all threads together, in milliseconds. */
export function processorTime() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/**
 * Times two runners in pairs, the first of each pair first in every other one, after two that are not counted, or `warmUps`.
 *
 * @param {() => unknown} base
 * @param {() => unknown} changed
 * @param {number} pairs
 * @param {number} warmUps
 * @param {() => number} clock - milliseconds; {@link processorTime} where other programs run on the machine
 * @returns {Promise<{ base: number, changed: number, ratio: number, interval: [number, number] }>} medians in milliseconds, the
 * median of changed / base over the pairs, and its interval
 */
export async function compareInPairs(base, changed, pairs, warmUps = 2, clock = () => performance.now()) {
  const time = async (run) => {
    const begin = clock();
    await run();
    return clock() - begin;
  };
  const times = [];
  for (let i = -warmUps; i < pairs; i++) {
    const [first, second] = i % 2 === 0 ? [base, changed] : [changed, base];
    const [a, b] = [await time(first), await time(second)];
    if (i >= 0) times.push(i % 2 === 0 ? [a, b] : [b, a]);
  }
  const ratios = times.map(([a, b]) => b / a);
  return {
    base: median(times.map(([a]) => a)),
    changed: median(times.map(([, b]) => b)),
    ratio: median(ratios),
    interval: medianInterval(ratios),
  };
}
