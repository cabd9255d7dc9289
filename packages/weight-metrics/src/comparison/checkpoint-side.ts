import type * as tf from '@tensorflow/tfjs-core';
import { type Checkpoint, type CheckpointTensor, whyNoNumbers } from '@weightkit/checkpoint';
import { stablePaths } from '@weightkit/core';
import { numbersOf } from '../checkpoint/read-numbers.ts';
import { stringsIn } from '../checkpoint/strings-in.ts';
import type { Entries } from '../values/read-values.ts';
import { precisionOf, type Side, type SideWeight } from './side.ts';

type Read = Pick<SideWeight, 'dtype' | 'entries' | 'unread'>;

async function read(tensor: CheckpointTensor): Promise<Read> {
  const { dtype } = tensor;
  if (dtype === 'string') return { dtype, entries: stringsIn(await tensor.bytes()) };
  if (dtype === 'complex64') return { dtype, entries: numbersOf(await tensor.values()) as Entries };
  const unread = whyNoNumbers(tensor);
  if (unread !== null) return { dtype: 'float32', entries: [], unread };
  const numbers = numbersOf(await tensor.values());
  // float64 stays what it is; the type is that of tfjs which says that entries are real numbers.
  return { dtype: 'float32' as tf.DataType, entries: numbers as Entries };
}

/** The tensors of a checkpoint, read one after the other. */
export async function readCheckpoint({ tensors }: Checkpoint): Promise<Side> {
  const stable = stablePaths(tensors.map(({ name }) => name));
  const weights: SideWeight[] = [];
  for (const [i, tensor] of tensors.entries()) {
    const { name, shape, dtype, encoding } = tensor;
    const precision = encoding.kind === 'float16' ? precisionOf('float16') : precisionOf(dtype);
    weights.push({ path: name, stablePath: stable[i]!, shape, precision, ...(await read(tensor)) });
  }
  return { weights, plan: weights.map(({ stablePath, shape }) => `${stablePath} ${shape}`) };
}
