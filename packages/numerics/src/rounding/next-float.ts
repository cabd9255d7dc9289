const float = new Float32Array(1);
const word = new Int32Array(float.buffer);

/** The least float32 above x; x itself for Infinity. */
export function nextUp(x: number): number {
  float[0] = x;
  if (float[0] > x || x === Number.POSITIVE_INFINITY) return float[0];
  if (float[0] === 0) word[0] = 1;
  else word[0] = word[0]! + (word[0]! >= 0 ? 1 : -1);
  return float[0];
}

/** The greatest float32 below x; x itself for -Infinity. */
export function nextDown(x: number): number {
  return -nextUp(-x);
}
