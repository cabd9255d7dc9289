/** What one of the choices costs. */
export interface Cost {
  bytes: number;
  /** The change that it brings: changes of all are added. */
  change: number;
}

/** One choice for each item, such that no others have as few bytes with less change. */
export interface ParetoPoint extends Cost {
  /** The index of the choice of each item. */
  picks: () => number[];
}

/** The points after one more item: where each comes from, and what was picked. */
interface Stage {
  bytes: Float64Array;
  change: Float64Array;
  from: Int32Array;
  pick: Int32Array;
}

/** Places of points by bytes, then by change, without those that another beats. */
function undominated(bytes: Float64Array, change: Float64Array): number[] {
  const order = [...bytes.keys()].sort((a, b) => bytes[a]! - bytes[b]! || change[a]! - change[b]!);
  let least = Number.POSITIVE_INFINITY;
  return order.filter((at) => {
    if (!(change[at]! < least)) return false;
    least = change[at]!;
    return true;
  });
}

/** The first point, and of each of so many equal ranges of bytes the one with the least change. */
function thinned(order: readonly number[], bytes: Float64Array, most: number): number[] {
  if (order.length <= most) return [...order];
  const [low, high] = [bytes[order[0]!]!, bytes[order.at(-1)!]!];
  const rangeOf = (at: number): number =>
    Math.min(most - 2, Math.floor(((bytes[at]! - low) / (high - low)) * (most - 1)));
  return order.filter((at, i) => i === 0 || i === order.length - 1 || rangeOf(at) !== rangeOf(order[i + 1]!));
}

function joined(before: Stage, item: readonly Cost[], most: number): Stage {
  const size = before.bytes.length * item.length;
  const [bytes, change] = [new Float64Array(size), new Float64Array(size)];
  for (let at = 0; at < size; at++) {
    const [from, pick] = [Math.floor(at / item.length), at % item.length];
    bytes[at] = before.bytes[from]! + item[pick]!.bytes;
    change[at] = before.change[from]! + item[pick]!.change;
  }
  const kept = thinned(undominated(bytes, change), bytes, most);
  return {
    bytes: Float64Array.from(kept, (at) => bytes[at]!),
    change: Float64Array.from(kept, (at) => change[at]!),
    from: Int32Array.from(kept, (at) => Math.floor(at / item.length)),
    pick: Int32Array.from(kept, (at) => at % item.length),
  };
}

/**
 * All ways to make one choice for each item that no other way beats in bytes and change: the multiple-choice knapsack for every size at
 * once, by a dynamic program over undominated sums (Nemhauser & Ullmann 1969, https://doi.org/10.1287/mnsc.15.9.494).
 *
 * It is exact as long as no stage has more than `most` points. Above that, of each of `most - 1` equal ranges of bytes the point with the
 * least change stays: a size B then has at most the change of the best way with B − items · range bytes. The way with the fewest bytes
 * and the one with the least change always stay.
 *
 * @param items - the costs of each item's choices, one or more of them; finite
 * @param most - 2 or more
 * @returns points with more and more bytes, and less and less change
 */
export function paretoChoices(items: readonly (readonly Cost[])[], most = 1024): ParetoPoint[] {
  const stages: Stage[] = [
    { bytes: Float64Array.of(0), change: Float64Array.of(0), from: Int32Array.of(0), pick: Int32Array.of(0) },
  ];
  for (const item of items) stages.push(joined(stages.at(-1)!, item, most));
  const { bytes, change } = stages.at(-1)!;
  const picksOf = (point: number): number[] => {
    const picks: number[] = [];
    for (let s = stages.length - 1, at = point; s > 0; at = stages[s]!.from[at]!, s--)
      picks.unshift(stages[s]!.pick[at]!);
    return picks;
  };
  return Array.from(bytes, (size, at) => ({ bytes: size, change: change[at]!, picks: () => picksOf(at) }));
}
