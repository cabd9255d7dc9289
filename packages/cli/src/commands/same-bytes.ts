import type { CheckpointTensor } from '@weightkit/checkpoint';

/** Bytes in a piece. */
const PIECE = 1 << 20;

/**
 * Whether two tensors of the same length have the same bytes; both are read up to the first difference.
 *
 * @param a - borrowed
 * @param b - borrowed
 */
export async function sameBytes(
  a: CheckpointTensor,
  b: CheckpointTensor,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const other = b.byteChunks(PIECE)[Symbol.asyncIterator]();
  try {
    // What is left of the other's piece: pieces need not be cut alike.
    let left: Uint8Array = new Uint8Array(0);
    for await (const piece of a.byteChunks(PIECE)) {
      signal?.throwIfAborted();
      for (let i = 0; i < piece.length; ) {
        if (left.length === 0) {
          const { value, done } = await other.next();
          if (done) return false;
          left = value;
        }
        const length = Math.min(piece.length - i, left.length);
        for (let k = 0; k < length; k++) if (piece[i + k] !== left[k]) return false;
        i += length;
        left = left.subarray(length);
      }
    }
    return true;
  } finally {
    await other.return?.();
  }
}
