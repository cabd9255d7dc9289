import { fromFloat16Bits } from '@weightkit/numerics';

const word = new Uint32Array(1);
const float = new Float32Array(word.buffer);

const fromBits = (bits: number): number => {
  word[0] = bits;
  return float[0]!;
};

let halves: Float32Array | undefined;

/** The value of one float16 code. */
export function halfValue(code: number): number {
  halves ??= fromFloat16Bits(Uint16Array.from({ length: 65_536 }, (_, one) => one));
  return halves[code]!;
}

/** The value of one bfloat16 code. */
export const topHalfValue = (code: number): number => fromBits(code << 16);
