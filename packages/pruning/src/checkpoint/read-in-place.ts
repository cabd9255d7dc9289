import { lendBuffer } from '@weightkit/checkpoint';
import { pieceBuffer } from '@weightkit/numerics';

/** Has files read into the memory of the kernels that look at them. */
export function readInPlace(): void {
  for (let buffer = pieceBuffer(); buffer; buffer = pieceBuffer()) lendBuffer(buffer);
}
