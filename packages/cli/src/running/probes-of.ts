import type { Checkpoint, CheckpointTensor } from '@weightkit/checkpoint';
import type { ShapedNumbers } from './comparing.ts';

async function shaped({ values, shape }: CheckpointTensor): Promise<ShapedNumbers> {
  const numbers = await values();
  const isTaken = numbers instanceof Float32Array || numbers instanceof Int32Array || numbers instanceof Uint8Array;
  return { values: isTaken ? numbers : Float32Array.from(numbers as ArrayLike<number>), shape };
}

/** The tensors of a file as examples, one for each input in their order. */
export const probesOf = async ({ tensors }: Checkpoint): Promise<ShapedNumbers[]> => {
  const inputs: ShapedNumbers[] = [];
  for (const tensor of tensors) inputs.push(await shaped(tensor));
  return inputs;
};
