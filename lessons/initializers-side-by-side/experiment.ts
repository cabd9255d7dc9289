import type { Run } from '@weightkit/lesson';
import { type Activations, deepOf, type NetworkName } from './deep.ts';
import type { LawName, Layer } from './laws.ts';
import { type Sample, samplesOf } from './sample.ts';
import { type Stack, stackOf } from './stack.ts';
import { type Training, trainAll } from './train.ts';

export interface Params extends Layer {
  seed: number;
  /** Layers of the stack that LSUV has gone through in the picture. */
  scaled: number;
  epochs: number;
  /** Learning rate of Adam. */
  rate: number;
}

export interface Result {
  samples: Record<LawName, Sample>;
  stack: Stack;
  deep: Record<NetworkName, Activations[]>;
  training: Training;
}

const SHARES = { samples: 0.3, stack: 0.45, deep: 0.6 };

/** Samples every law for one layer, goes through a stack of layers with those that look at data, and trains the network of the slides from each. */
export async function sideBySide(
  { inputs, units, seed, epochs, rate }: Params,
  { onProgress, signal }: Omit<Run<Result>, 'data'>,
): Promise<Result> {
  const tell = async (done: number, label: string, result?: Result) => {
    signal?.throwIfAborted();
    await onProgress?.({ done, label, ...(result && { result }) });
  };
  const samples = await samplesOf({ inputs, units }, seed, (law, done) => tell(SHARES.samples * done, law));
  const stack = await stackOf(seed, () => tell(SHARES.samples, 'LSUV'));
  await tell(SHARES.stack, 'twenty layers');
  const deep = await deepOf(seed, () => tell(SHARES.stack, 'twenty layers'));
  const training = await trainAll({ epochs, rate, seed }, (done) =>
    tell(SHARES.deep + ((1 - SHARES.deep) * done) / epochs, `epoch ${done} of ${epochs}`),
  );
  const result = { samples, stack, deep, training };
  await tell(1, 'done', result);
  return result;
}
