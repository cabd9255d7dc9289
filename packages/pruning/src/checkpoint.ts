/**
 * Pruning of weight files, without TensorFlow.js.
 *
 * @module
 */

export {
  type FileScope,
  type PruneCheckpointOptions,
  type PruneCheckpointReport,
  type PrunedCheckpoint,
  type PrunedTensorReport,
  pruneCheckpoint,
  type UnprunedTensor,
} from './checkpoint/prune-checkpoint.ts';
export type { Amount } from './masks/amount.ts';
