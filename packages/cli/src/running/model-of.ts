import type { Checkpoint } from '@weightkit/checkpoint';
import { UsageError } from '../output/usage-error.ts';
import type { Loaded } from './comparing.ts';
import type { Tf } from './tensorflow.ts';

const has = ({ extras }: Checkpoint, key: string, json?: string): boolean =>
  extras.modelJson?.some((entry) => entry[0] === key && (json === undefined || entry[1] === json)) ?? false;

/** Throws UsageError unless a file says how its tensors are joined. */
export function checkRuns(name: string, checkpoint: Checkpoint): void {
  if (!has(checkpoint, 'modelTopology'))
    throw new UsageError(
      `a model must say what joins its layers to be run, got ${name} without a modelTopology`,
      'model.json',
    );
}

/**
 * The model of a file, loaded by stock TensorFlow.js on its current backend; the caller disposes it.
 *
 * @param tf - TensorFlow.js
 * @param checkpoint - of a `model.json`, borrowed
 */
export async function modelOf(tf: Tf, checkpoint: Checkpoint): Promise<Loaded> {
  const { handlerOf } = await import('@weightkit/core');
  const handler = handlerOf(checkpoint);
  const isGraph = has(checkpoint, 'format', '"graph-model"');
  return (isGraph ? await tf.loadGraphModel(handler) : await tf.loadLayersModel(handler)) as unknown as Loaded;
}
