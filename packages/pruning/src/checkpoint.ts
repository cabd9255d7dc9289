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
export type { PrunedGroups } from './checkpoint/prune-units.ts';
export {
  type ShrinkCheckpointOptions,
  type ShrinkGuarantee,
  type ShrunkCheckpoint,
  shrinkCheckpoint,
} from './checkpoint/shrink-checkpoint.ts';
export type { UnitShares } from './checkpoint/unit-shares.ts';
export type { ModelAmount, SparsityByPattern } from './masks/amount.ts';
export type { ShrinkBarrier, ShrinkCounts, ShrinkPlan, ShrunkLayer, ShrunkWeight } from './shrink/plan.ts';
export type { Keep, ShrinkMode } from './shrink/removal.ts';
export type { BlockStructure, NOfMStructure } from './structures/structure.ts';
