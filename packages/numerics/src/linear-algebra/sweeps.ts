/**
 * Collects sweeps of plane rotations of neighboring rows and hands them over in batches. A sweep is
 * [first row, count, +1 or -1] and count pairs (c, s): p and q, the row one step on, become c p + s q and c q - s p;
 * then p is q.
 */
export interface Sweeps {
  /** Where pairs are written. */
  pairs: Float64Array;
  /** Starts a sweep; its pairs go to pairs[start..start + 2 count). */
  begin(first: number, count: number, step: 1 | -1): number;
  /** Hands over what is left. */
  flush(): void;
}

const CAPACITY = 1 << 15;

/** Sweeps of at most n - 1 rotations, applied in batches by `apply`. */
export function sweeps(n: number, apply: (batch: Float64Array) => void): Sweeps {
  const pairs = new Float64Array(sweepRoom(n));
  let used = 0;
  const flush = () => {
    if (used > 0) apply(pairs.subarray(0, used));
    used = 0;
  };
  return {
    pairs,
    begin(first, count, step) {
      if (used + 3 + 2 * count > pairs.length) flush();
      pairs.set([first, count, step], used);
      const start = used + 3;
      used = start + 2 * count;
      return start;
    },
    flush,
  };
}

/** The entries of the largest batch. */
export const sweepRoom = (n: number) => Math.min(CAPACITY + 4 * n, 4 * n * n + 16);

/** For values alone: rotations are made and forgotten. */
export function noSweeps(n: number): Sweeps {
  return { pairs: new Float64Array(2 * n), begin: () => 0, flush() {} };
}

/** Applies a batch to the rows of a matrix. */
export function rotateRowsReference(data: Float64Array, cols: number, batch: Float64Array): void {
  for (let at = 0; at < batch.length; ) {
    const [first, count, step] = batch.subarray(at, at + 3) as unknown as [number, number, number];
    at += 3;
    for (let i = 0; i < count; i++, at += 2) {
      const p = (first + i * step) * cols;
      rotatePair(data, p, p + step * cols, cols, batch[at]!, batch[at + 1]!);
    }
  }
}

function rotatePair(data: Float64Array, p: number, q: number, n: number, c: number, s: number): void {
  for (let j = 0; j < n; j++) {
    const x = data[p + j]!;
    const y = data[q + j]!;
    data[p + j] = c * x + s * y;
    data[q + j] = c * y - s * x;
  }
}
