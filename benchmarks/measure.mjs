// The protocol: every task times ours and its peers in the same run, alternating, and compares medians.

/** The median of some numbers. */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/**
 * Times the runners of a task in turn, `rounds` times after one round that is not counted.
 *
 * @param {Record<string, () => unknown>} runners - the first is ours
 * @param {number} rounds
 * @returns {Promise<Record<string, number>>} milliseconds, medians, by runner
 */
export async function alternate(runners, rounds) {
  const times = Object.fromEntries(Object.keys(runners).map((name) => [name, []]));
  for (let round = 0; round <= rounds; round++)
    for (const [name, run] of Object.entries(runners)) {
      const begin = performance.now();
      await run();
      if (round > 0) times[name].push(performance.now() - begin);
    }
  return Object.fromEntries(Object.entries(times).map(([name, values]) => [name, median(values)]));
}
