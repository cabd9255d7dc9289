import { auc, type Distances, distancesOf } from './pairs.ts';

/** Histograms of distances over the same bins. */
export interface Histograms {
  edges: number[];
  same: number[];
  different: number[];
}

/** What one pair of towers says of unseen images in the end. */
export interface Judged {
  /** Of pairs of all digits, of the digits that were trained on, and of the digits that were left out. */
  auc: { all: number; trained: number; leftOut: number | null };
  /** Distances of pairs, as medians. */
  same: number;
  different: number;
  histograms: Histograms;
  /** The mean distance of an image to itself, once in each tower, and how much distances change when both sides are exchanged. */
  itself: number;
  exchanged: number;
}

/** The distances as histograms of shares over bins that both have. */
function histogramsOf({ same, different }: Distances): Histograms {
  const most = Math.max(...[same, different].map((all) => all.reduce((large, one) => Math.max(large, one), 0)), 1e-6);
  const BINS = 40;
  const count = (all: Float32Array) => {
    const shares = new Array<number>(BINS).fill(0);
    for (const one of all) shares[Math.min(BINS - 1, Math.floor((BINS * one) / most))]! += 100 / all.length;
    return shares;
  };
  const edges = Array.from({ length: BINS + 1 }, (_, i) => (most * i) / BINS);
  return { edges, same: count(same), different: count(different) };
}

const median = (all: Float32Array): number => all.slice().sort()[all.length >> 1]!;

/** What two towers say of unseen images; the same one twice where they are one. */
export function judge(left: Float32Array, right: Float32Array, labels: Uint8Array, out: readonly number[]): Judged {
  const among = (isIn: (digit: number) => boolean): Distances => {
    const chosen = [...labels.keys()].filter((i) => isIn(labels[i]!));
    const own = (places: Float32Array) => chosen.flatMap((i) => [places[2 * i]!, places[2 * i + 1]!]);
    return distancesOf(
      own(left),
      own(right),
      chosen.map((i) => labels[i]!),
    );
  };
  const all = distancesOf(left, right, labels);
  const trained = out.length === 0 ? all : among((digit) => !out.includes(digit));
  const back = distancesOf(right, left, labels);
  const each = (pick: (i: number) => number, count: number) =>
    Array.from({ length: count }, (_, i) => pick(i)).reduce((sum, value) => sum + value, 0) / count;
  return {
    auc: {
      all: auc(all),
      trained: auc(trained),
      leftOut: out.length === 0 ? null : auc(among((digit) => out.includes(digit))),
    },
    same: median(all.same),
    different: median(all.different),
    histograms: histogramsOf(all),
    itself: each((i) => Math.hypot(left[2 * i]! - right[2 * i]!, left[2 * i + 1]! - right[2 * i + 1]!), labels.length),
    exchanged: each((i) => Math.abs(all.different[i]! - back.different[i]!), all.different.length),
  };
}
