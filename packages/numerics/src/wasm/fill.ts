import { BASE, CHUNK, sharedKernels } from './instance.ts';
import type { Kernels } from './kernels.ts';

const TURN = 2 ** 32;

/**
 * Fills `out` from the stream's element `offset` on by a kernel, in chunks that do not cross a multiple of 2^32.
 *
 * @returns whether there was a kernel
 */
export function fillByKernel<K extends 'bits' | 'uniform' | 'normal' | 'truncated'>(
  name: K,
  out: Float32Array | Uint32Array,
  key: readonly [number, number],
  offset: number,
  ...law: number[]
): boolean {
  const kernels = sharedKernels(4 * CHUNK);
  if (!kernels) return false;
  const fill: (...args: number[]) => void = kernels[name] as Kernels['truncated'];
  // By name: an array from another realm (an iframe, a test runner's sandbox) is no instance of this one's classes.
  const Kind = name === 'bits' ? Uint32Array : Float32Array;
  const inside = new Kind(kernels.memory.buffer, BASE, CHUNK);
  for (let start = 0; start < out.length; ) {
    const index = offset + start;
    const low = index % TURN;
    const n = Math.min(CHUNK, out.length - start, TURN - low);
    fill(BASE, n, key[0], key[1], Math.floor(index / TURN), low, ...law);
    out.set(n === CHUNK ? inside : inside.subarray(0, n), start);
    start += n;
  }
  return true;
}
