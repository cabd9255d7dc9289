export type { CalibrationData } from '@weightkit/core';
export {
  type ChooseSparsityOptions,
  type ChooseSparsityProgress,
  chooseSparsity,
  type ParetoPoint,
  type SparsityBudget,
  type SparsityChoice,
} from './budget/choose-sparsity.ts';
export type { CostName } from './budget/costs.ts';
export type { Evaluate, LayerRule } from './budget/layer-choices.ts';
export {
  type LayerSensitivity,
  type Sensitivity,
  type SensitivityOptions,
  type SensitivityPoint,
  type SensitivityProgress,
  sensitivity,
} from './budget/sensitivity.ts';
export type { Amount, ModelAmount, SparsityByPattern } from './masks/amount.ts';
export { type ApplyMasksOptions, applyMasks } from './masks/apply-masks.ts';
export type { PruningCertificate } from './masks/certify.ts';
export type { Scope } from './masks/choose-masks.ts';
export { type ErkOptions, erk } from './masks/erk.ts';
export { type MaskOptions, mask, type NoAmount } from './masks/mask.ts';
export type { MaskJSON, MasksJSON } from './masks/masks-json.ts';
export type { PruneRule, UnprunedWeight } from './masks/plan.ts';
export { type NOfMRule, type PruneOptions, prune } from './masks/prune.ts';
export { type PruneInRoundsOptions, pruneInRounds, type ScoreMaker } from './masks/prune-in-rounds.ts';
export type { Pruning } from './masks/pruning.ts';
export type { PrunedGroups, PrunedWeight, PruningReport, Share } from './masks/report.ts';
export type { UpdateOptions } from './masks/update-masks.ts';
export type { OneShotMethod } from './one-shot/prune-kernel.ts';
export {
  type OneShotLayer,
  type OneShotPruning,
  type OneShotScope,
  type PruneOneShotOptions,
  pruneOneShot,
} from './one-shot/prune-one-shot.ts';
export { type ConstantSparsityOptions, constantSparsity } from './schedules/constant-sparsity.ts';
export { type NOfMStepsOptions, nOfMSteps } from './schedules/n-of-m-steps.ts';
export { type OneCycleOptions, oneCycle } from './schedules/one-cycle.ts';
export { type PolynomialDecayOptions, polynomialDecay } from './schedules/polynomial-decay.ts';
export { type PruneDuringOptions, pruneDuring } from './schedules/prune-during.ts';
export type { Schedule, ScheduleSteps } from './schedules/schedule.ts';
export type { PruningCallback } from './schedules/scheduled-callback.ts';
export type { TrainingOptions } from './schedules/training-options.ts';
export type { ResumeOption, TrainingState } from './schedules/training-state.ts';
export { batchNormScale } from './scores/batch-norm-scale.ts';
export { fpgm } from './scores/fpgm.ts';
export { gradient } from './scores/gradient.ts';
export { type GraspOptions, grasp } from './scores/grasp.ts';
export type { ScoreData, ScoreLoss } from './scores/loss-gradients.ts';
export { magnitude } from './scores/magnitude.ts';
export { type Movement, movement } from './scores/movement.ts';
export { obd } from './scores/obd.ts';
export { type RandomOptions, random } from './scores/random.ts';
export type { Score, ScoreContext } from './scores/score.ts';
export { snip } from './scores/snip.ts';
export { synFlow } from './scores/syn-flow.ts';
export { taylor } from './scores/taylor.ts';
export { wanda } from './scores/wanda.ts';
export type { ShrinkCertificate, ShrinkSpeed } from './shrink/certify.ts';
export type { PlanShrinkOptions } from './shrink/choice.ts';
export type { ShrinkBarrier, ShrinkCounts, ShrinkPlan, ShrunkLayer, ShrunkWeight } from './shrink/plan.ts';
export type { Keep, ShrinkMode } from './shrink/removal.ts';
export { planShrink, type ShrinkOptions, type Shrunk, shrink } from './shrink/shrink.ts';
export type { NormReduce, Reduce } from './structures/reduce-scores.ts';
export type { AxisStructure, BlockStructure, NOfMStructure, OwnGroups, Structure } from './structures/structure.ts';
export type { DynamicOptions } from './training/dynamic-options.ts';
export type { DynamicSparsity } from './training/dynamic-sparsity.ts';
export { type GroupLasso, type GroupLassoOptions, groupLasso, type LassoGroups } from './training/group-lasso.ts';
export {
  type HardConcreteLaw,
  type HardConcreteOptions,
  hardConcrete,
} from './training/hard-concrete.ts';
export { type L0Gates, type L0Kernel, type L0Options, type L0State, l0Gates } from './training/l0-gates.ts';
export {
  type LotteryControl,
  type LotteryOptions,
  type LotteryRound,
  type LotteryTraining,
  lotteryTicket,
} from './training/lottery-ticket.ts';
export {
  type MovementPruning,
  type MovementPruningOptions,
  type MovementState,
  movementPruneDuring,
} from './training/movement-prune-during.ts';
export { type ProxGroupLassoOptions, proxGroupLasso } from './training/prox-group-lasso.ts';
export { type RiglOptions, rigl } from './training/rigl.ts';
export { type SoftPruning, type SoftPruningOptions, softPruneDuring } from './training/soft-prune-during.ts';
export { type SparseEvolutionOptions, sparseEvolution } from './training/sparse-evolution.ts';
