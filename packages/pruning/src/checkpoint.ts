/**
 * Pruning of weight files, without TensorFlow.js.
 *
 * @module
 */

export {
  type FileScope,
  type FileStructure,
  type NOfMFileRule,
  type PruneCheckpointOptions,
  type PruneCheckpointReport,
  type PrunedCheckpoint,
  type PrunedTensorReport,
  type PruneFileRule,
  pruneCheckpoint,
  type UnprunedTensor,
} from './checkpoint/prune-checkpoint.ts';
export type { Amount } from './masks/amount.ts';
export type { BlockStructure, NOfMStructure } from './structures/structure.ts';
