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

/** Of whom the entries of the optimizer's lists are, by what it called them (`dense/kernel/m`); [] where it has none yet. */
function keptNames(optimizer: tf.Optimizer): string[] {
  const lists = Object.values(optimizer).filter((list) => Array.isArray(list) && list.length > 0 && list.every(isKept));
  const [list = []] = lists as Kept[][];
  return list.map(({ originalName }) => originalName.slice(0, originalName.lastIndexOf('/')));
}

function knownNames(optimizer: tf.Optimizer, kept: readonly string[]): readonly string[] {
  const stepped = steppedNames.get(optimizer) ?? [];
  if (kept.length === 0 || stepped.length === kept.length) return kept.length === 0 ? [] : stepped;
  const { registeredVariables } = tf.engine();
  return kept.some((name) => name in registeredVariables) ? kept : stepped;
}

/**
 * The list that a step hands to an optimizer so that each variable finds its state: those it has state of, by place, then the
 * new ones. A state that was loaded from a file may have names that no variable bears; then it goes by place.
 */
export function placesOf(optimizer: tf.Optimizer, given: readonly string[]): readonly string[] {
  const known = knownNames(optimizer, keptNames(optimizer));
  const places = new Set(known);
  return [...known, ...given.filter((name) => !places.has(name))];
}
