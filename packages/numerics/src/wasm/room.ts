import { freshKernels, sharedKernels } from './instance.ts';
import type { Kernels } from './kernels.ts';

/** Up to this size a matrix uses the shared kernels' memory, which is never given back. */
const SHARED_BYTES = 2 ** 23;

/** Kernels with the given memory, their own when it is much; null where they cannot be had. */
export function room(bytes: number): Kernels | null {
  return bytes <= SHARED_BYTES ? sharedKernels(bytes) : freshKernels(bytes);
}
