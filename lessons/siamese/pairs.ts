/** Distances of pairs, those of one digit and those of two. */
export interface Distances {
  same: Float32Array;
  different: Float32Array;
}

/** The distance of each image in one tower to each later one in the other. */
export function distancesOf(left: ArrayLike<number>, right: ArrayLike<number>, labels: ArrayLike<number>): Distances {
  const count = labels.length;
  const all = {
    same: new Float32Array((count * (count - 1)) / 2),
    different: new Float32Array((count * (count - 1)) / 2),
  };
  let [same, different] = [0, 0];
  for (let i = 0; i < count; i++)
    for (let j = i + 1; j < count; j++) {
      const distance = Math.sqrt((left[2 * i]! - right[2 * j]!) ** 2 + (left[2 * i + 1]! - right[2 * j + 1]!) ** 2);
      if (labels[i] === labels[j]) all.same[same++] = distance;
      else all.different[different++] = distance;
    }
  return { same: all.same.slice(0, same), different: all.different.slice(0, different) };
}

/**
 * The area under the ROC curve: how often a pair of one digit is nearer than a pair of two, one of each drawn at random; where both are
 * equally far it counts half (Mann and Whitney 1947).
 */
export function auc({ same, different }: Distances): number {
  const [near, far] = [same.slice().sort(), different.slice().sort()];
  let [below, upTo, sum] = [0, 0, 0];
  for (const distance of far) {
    while (below < near.length && near[below]! < distance) below++;
    upTo = Math.max(upTo, below);
    while (upTo < near.length && near[upTo]! <= distance) upTo++;
    sum += (below + upTo) / 2;
  }
  return sum / (near.length * far.length);
}

/** The share of some distances that are larger than this one. */
export const shareAbove = (all: Float32Array, distance: number): number =>
  all.reduce((count, one) => count + Number(one > distance), 0) / all.length;
