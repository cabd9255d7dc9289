import type { Checkpoint } from '@weightkit/checkpoint';
import { checkFinite, checkRange } from '@weightkit/numerics/check';

/** The values of a tensor that a checkpoint must have, in a shape that it must have, as a copy. */
export async function floatsIn(
  fn: string,
  file: Checkpoint,
  name: string,
  shape: readonly number[],
): Promise<Float32Array> {
  const tensor = file.tensors.find((one) => one.name === name);
  checkRange(tensor !== undefined, `${fn}: checkpoint must have ${name}`, file.tensors.length);
  checkRange(tensor.shape.join() === shape.join(), `${fn}: ${name} must be [${shape}]`, `[${tensor.shape}]`);
  checkRange(/float/.test(tensor.dtype), `${fn}: ${name} must be of floats`, tensor.dtype);
  const values = Float32Array.from((await tensor.values()) as Float32Array);
  checkFinite(fn, 'checkpoint', name, values);
  return values;
}
