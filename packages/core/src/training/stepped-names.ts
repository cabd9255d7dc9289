import * as tf from '@tensorflow/tfjs-core';

/** An entry of one of the optimizer's lists. */
interface Kept {
  originalName: string;
  variable: tf.Variable;
}

export const isKept = (entry: unknown): entry is Kept =>
  (entry as Kept | null | undefined)?.variable instanceof tf.Variable &&
  typeof (entry as Kept).originalName === 'string';

/** The names of the variables that a tapped optimizer keeps state of, by place in its lists. */
export const steppedNames = new WeakMap<tf.Optimizer, readonly string[]>();

/** The entries of an optimizer's first list of state; [] where it has none yet. */
function keptEntries(optimizer: tf.Optimizer): Kept[] {
  const lists = Object.values(optimizer).filter((list) => Array.isArray(list) && list.length > 0 && list.every(isKept));
  const [list = []] = lists as Kept[][];
  return list;
}

const isWithin = (some: readonly string[], others: readonly string[]): boolean => {
  const set = new Set(others);
  return some.every((name) => set.has(name));
};

/** Whether variables of these names have, one by one, the shapes of a state. */
function haveShapes(names: readonly string[], entries: readonly Kept[]): boolean {
  const { registeredVariables } = tf.engine();
  return (
    names.length === entries.length &&
    entries.every(({ variable }, i) => {
      const one = registeredVariables[names[i]!];
      return one !== undefined && tf.util.arraysEqual(one.shape, variable.shape);
    })
  );
}

function knownNames(optimizer: tf.Optimizer, given: readonly string[]): readonly string[] {
  const entries = keptEntries(optimizer);
  const stepped = steppedNames.get(optimizer) ?? [];
  if (entries.length === 0) return [];
  if (stepped.length === entries.length) return stepped;
  // By what the optimizer called them: `dense/kernel/m`.
  const kept = entries.map(({ originalName }) => originalName.slice(0, originalName.lastIndexOf('/')));
  if (isWithin(given, kept) || isWithin(kept, given)) return kept;
  if (haveShapes(given, entries)) return stepped;
  const { registeredVariables } = tf.engine();
  return kept.some((name) => name in registeredVariables) ? kept : stepped;
}

/**
 * The list that a step hands to an optimizer so that each variable finds its state: those it has state of, by place, then the
 * new ones. A state that was loaded from a file may have names that no variable of the step bears, or those of another model's; then
 * it goes by place.
 */
export function placesOf(optimizer: tf.Optimizer, given: readonly string[]): readonly string[] {
  const known = knownNames(optimizer, given);
  const places = new Set(known);
  return [...known, ...given.filter((name) => !places.has(name))];
}
