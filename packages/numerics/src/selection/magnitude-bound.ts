import { checkNumber } from '../check.ts';

const word = new Uint32Array(1);
const float = new Float32Array(word.buffer);

/** The bits of a threshold: a float32 of 0 or more, or infinity. */
export function boundOf(fn: string, threshold: number): number {
  const isMagnitude = (value: number) => value >= 0 && Math.fround(value) === value;
  checkNumber(`${fn}: threshold must be a float32 of 0 or more`, threshold, isMagnitude);
  float[0] = threshold + 0;
  return word[0]! & 0x7fffffff;
}
