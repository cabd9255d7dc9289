/**
 * Pruning of weight files, without TensorFlow.js.
 *
 * @module
 */
export type { Amount } from './amount.ts';
export {
  type FileScope,
  type PruneCheckpointOptions,
  type PrunedCheckpoint,
  type PrunedTensorReport,
  pruneCheckpoint,
} from './checkpoint/prune-checkpoint.ts';
