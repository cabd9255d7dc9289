import { checkPlainObject, checkRange } from '@weightkit/numerics/check';
import type { Keep, ShrinkMode } from './removal.ts';

/** Options of `planShrink`: which units of a model go. */
export interface PlanShrinkOptions {
  /**
   * `'exact'`: units of which the model's outputs show nothing, because what reads them reads 0, or multiplies them by 0. `'absorb'`:
   * units that are constant too, where the bias of what reads them can take the constant. `'approximate'`: those that `keep` leaves
   * out, or without `keep` all that are constant once they are made (as `prune` leaves them), whatever reads them; the outputs then
   * change, and the certificate says how much. A bias takes what it can.
   *
   * @defaultValue `'exact'`
   */
  mode?: ShrinkMode;
  /**
   * The units that stay, by the paths of their layers (those of the plan's `layers`), for mode `'approximate'`. Layers without a list
   * keep theirs, but for units that go together with one that goes.
   */
  keep?: Keep;
}

const MODES: readonly ShrinkMode[] = ['exact', 'absorb', 'approximate'];

/** Which units, as the options say it. */
export interface Choice {
  mode: ShrinkMode;
  keep: Keep | undefined;
}

/** The options, checked. */
export function choiceOf(fn: string, { mode = 'exact', keep }: PlanShrinkOptions): Choice {
  checkRange(MODES.includes(mode), `${fn}: mode must be 'exact', 'absorb' or 'approximate'`, mode);
  if (keep !== undefined) {
    checkPlainObject(`${fn}: keep must be lists of units by the paths of their layers`, keep);
    checkRange(mode === 'approximate', `${fn}: mode must be 'approximate' for keep`, mode);
  }
  return { mode, keep };
}
