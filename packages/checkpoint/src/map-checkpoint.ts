import { checkFunction, checkOptions, checkType } from '@weightkit/numerics/check';
import { checkCheckpoint, checkTensor } from './check-checkpoint.ts';
import type { Checkpoint, CheckpointTensor } from './checkpoint.ts';

/** Options of {@link mapCheckpoint}. */
export interface MapCheckpointOptions {
  /**
   * A text that tells the transform from others, its options included: with it the result has an `identity`, where the source has
   * one, and a write of it can be resumed.
   *
   * @defaultValue none
   */
  identity?: string;
}

/**
 * Makes another checkpoint from one, tensor by tensor: the base of every transform. Nothing is read: a tensor that is returned
 * as it came is passed through, one that is made from it is computed when it is asked for.
 *
 * @example
 * const weightSpecs = [{ name: 'a', shape: [2], dtype: 'float32' }];
 * const checkpoint = await openCheckpoint({ weightSpecs, weightData: Float32Array.of(1, 2).buffer });
 * const renamed = mapCheckpoint(checkpoint, (tensor) => ({ ...tensor, name: `base.${tensor.name}` }));
 * console.log(renamed.tensors[0].name, await renamed.tensors[0].values()); // -> base.a Float32Array(2) [ 1, 2 ]
 *
 * @param checkpoint - borrowed: the result reads from it, so close it last
 * @param transform - the tensor to have in a tensor's place, or null for none
 * @param options - see {@link MapCheckpointOptions}
 * @returns the checkpoint of the results; closing it closes the source
 * @throws TypeError when a result is no tensor, RangeError when two have one name
 */
export function mapCheckpoint(
  checkpoint: Checkpoint,
  transform: (tensor: CheckpointTensor) => CheckpointTensor | null,
  options: MapCheckpointOptions = {},
): Checkpoint {
  checkCheckpoint('mapCheckpoint', 'checkpoint', checkpoint);
  checkFunction('mapCheckpoint', 'transform', transform);
  checkOptions('mapCheckpoint', options, ['identity']);
  const { identity } = options;
  checkType(
    identity === undefined || typeof identity === 'string',
    'mapCheckpoint: identity must be a string',
    identity,
  );
  const tensors: CheckpointTensor[] = [];
  const seen = new Set<string>();
  for (const tensor of checkpoint.tensors) {
    const made = transform(tensor);
    if (made === null) continue;
    checkTensor('mapCheckpoint', 'transform must return a tensor or null', made);
    if (seen.has(made.name))
      throw new RangeError(`mapCheckpoint: tensors must have different names, got ${made.name} twice`);
    seen.add(made.name);
    tensors.push(made);
  }
  const { format, extras } = checkpoint;
  const known = identity !== undefined && checkpoint.identity !== undefined;
  return {
    format,
    extras,
    tensors,
    ...(known ? { identity: `${checkpoint.identity}, ${identity}` } : {}),
    close: () => checkpoint.close(),
  };
}
