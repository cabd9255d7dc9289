import { type Plan, sizeOf } from './plan.ts';
import type { Selection } from './select.ts';

const ones = (length: number): Uint8Array => new Uint8Array(length).fill(1);

/** Nothing pruned. */
export const denseSelection = (plan: Plan): Selection => ({
  kept: plan.sets.map(({ groups }) => ones(groups)),
  bits: plan.weights.map((weight) => ones(sizeOf(weight))),
  ofM: plan.neighbors.map(() => 0),
});
