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
