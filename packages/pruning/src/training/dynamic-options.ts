import type { WeightFilter } from '@weightkit/core';
import { checkNumber, checkOptions, checkRange } from '@weightkit/numerics/check';
import type { SparsityByPattern } from '../masks/amount.ts';
import { checkSteps, type ScheduleSteps } from '../schedules/schedule.ts';
import { checkTraining, TRAINING_NAMES, type TrainingOptions } from '../schedules/training-options.ts';
import { checkState, type ResumeOption } from '../schedules/training-state.ts';
import type { Score } from '../scores/score.ts';

/** Options of {@link rigl} and {@link sparseEvolution}. */
export interface DynamicOptions extends ScheduleSteps, TrainingOptions, ResumeOption {
  /**
   * The fraction of entries that are zero all the time: a number in [0, 1), or one for each pattern of paths. Counts are exact, of each
   * weight, and never change.
   */
  sparsity: number | SparsityByPattern;
  /**
   * `'layer'`: each weight has the sparsity. `'erk'`: it is shared out by the layers' shapes, see {@link erk}.
   * @defaultValue 'layer'
   */
  scope?: 'layer' | 'erk';
  /**
   * Which weights are sparse.
   * @defaultValue `isKernel`: kernels, recurrent kernels and embeddings
   */
  filter?: WeightFilter;
  /** What random connections come from: a safe integer. */
  seed: number;
  /**
   * Which connections there are at first: those with the largest score.
   * @defaultValue random by the seed
   */
  score?: Score;
  /**
   * α, the share of connections that the first rewiring drops and grows: a number in (0, 1].
   * @defaultValue 0.3
   */
  fraction?: number;
  /**
   * The first step that rewires: an integer, 0 or more.
   * @defaultValue `frequency`, when something has been learnt
   */
  begin?: number;
}

/** What is left of the options once they are checked. */
export interface Checked
  extends Required<Omit<DynamicOptions, 'optimizer' | 'score' | 'filter' | 'sparsity' | 'resume'>> {
  end: number;
}

/** Checks the options; throws unless they are right. */
export function checkDynamic(fn: string, options: DynamicOptions & { end?: number }, mostEnd: number): Checked {
  checkOptions(fn, options, [
    'sparsity',
    'scope',
    'filter',
    'seed',
    'score',
    'fraction',
    'begin',
    'end',
    'frequency',
    ...TRAINING_NAMES,
    'resume',
  ]);
  const { scope = 'layer', seed, fraction = 0.3, frequency = 100, begin = frequency } = options ?? {};
  const { end = Number.POSITIVE_INFINITY } = options ?? {};
  checkRange(scope === 'layer' || scope === 'erk', `${fn}: scope must be 'layer' or 'erk'`, scope);
  checkRange(Number.isSafeInteger(seed), `${fn}: seed must be a safe integer`, seed);
  checkNumber(`${fn}: fraction must be in (0, 1]`, fraction, (f) => f > 0 && f <= 1);
  checkSteps(fn, begin, end, frequency);
  checkRange(end <= mostEnd, `${fn}: end must be finite`, end);
  const { check = true } = checkTraining(fn, options);
  if (options.resume !== undefined) checkState(fn, options.resume);
  return { scope, seed, fraction, begin, end, frequency, check };
}
