import type { Floats, StoredZeros } from './stored-zeros.ts';

/** Called with the numbers of each piece, the place of their tensor in the list, and the index of the first of them. */
export type Visit = (values: Floats, tensor: number, from: number) => void;

/** Reads tensors once, in order, piece by piece. */
export type Walk = (visit: Visit) => Promise<void>;

/** Entries in a piece: 1 MB of float32. */
export const PIECE = 1 << 18;

/**
 * The walk over tensors.
 *
 * @param tensors - in the order in which ties count
 * @param signal - stops between pieces
 * @param onTensor - called after each tensor
 */
export function walkOver(
  tensors: readonly StoredZeros[],
  signal: AbortSignal | undefined,
  onTensor: (tensor: string) => void | Promise<void>,
): Walk {
  return async (visit) => {
    for (const [place, { tensor, codec }] of tensors.entries()) {
      let from = 0;
      for await (const bytes of tensor.byteChunks(PIECE * codec.blockBytes)) {
        signal?.throwIfAborted();
        const values = codec.decode(bytes);
        visit(values, place, from);
        from += values.length;
      }
      await onTensor(tensor.name);
    }
  };
}
