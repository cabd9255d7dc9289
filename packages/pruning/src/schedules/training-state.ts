import { checkInteger, checkOptions, checkType } from '@weightkit/numerics/check';
import { checkMasksJSON, type MasksJSON } from '../masks/masks-json.ts';
import type { Plan } from '../masks/plan.ts';
import { checkSameRule, readMasks } from '../masks/read-masks.ts';
import type { Selection } from '../masks/select.ts';

/** Where a callback that changes masks stands, as plain data: what its `toJSON` gives and its option `resume` takes. */
export interface TrainingState {
  /** Training steps begun so far. */
  step: number;
  /** How many connections were dropped and others grown in their place; of {@link rigl} and {@link sparseEvolution}. */
  rewired?: number;
  /** The masks. */
  masks: MasksJSON;
}

/** The option to go on from a state. */
export interface ResumeOption {
  /**
   * What `toJSON` of an earlier callback gave: steps go on counting and the masks are those. The model must have its weights of then,
   * raw ones where pruned entries may regrow (`model.save` writes these, `saveFolded` zeros), the optimizer its state.
   * @defaultValue a new start
   */
  resume?: TrainingState;
}

/** Throws unless a value has the form of a state. */
export function checkState(fn: string, state: unknown): asserts state is TrainingState {
  checkType(typeof state === 'object' && state !== null, `${fn}: resume must be what toJSON gave`, state);
  checkOptions(fn, state, ['step', 'rewired', 'masks'], 'resume');
  const { step, rewired = 0, masks } = state as Partial<TrainingState>;
  checkInteger(fn, 'step of resume', step, 0);
  checkInteger(fn, 'rewired of resume', rewired, 0);
  checkMasksJSON(fn, masks);
}

/** The masks of a state, for the weights of a plan. */
export function masksOfState(fn: string, plan: Plan, { masks }: TrainingState): Selection {
  checkSameRule(fn, plan, masks);
  return readMasks(fn, plan, masks);
}
