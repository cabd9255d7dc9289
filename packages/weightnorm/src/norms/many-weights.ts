import { checkIdle, foldAll, type Parametrization, type SkippedWeight, type Weight } from '@weightkit/core';

/** Parametrizations of many weights of a model, taken away together. */
export interface ManyParametrizations {
  /** One per weight, in model order. */
  readonly parametrizations: readonly Parametrization[];
  /** Whether the model must be compiled with a NEW optimizer, after installation and again after `fold` or `restore`. */
  readonly needsRecompile: boolean;
  /**
   * Takes all of them away and leaves in the layers what they compute with: the model predicts as before.
   *
   * @throws Error when one of them was taken away already; nothing has changed then
   */
  fold(): void;
  /**
   * Takes all of them away and leaves the raw weights in the layers, as they are by now.
   *
   * @throws Error when one of them was taken away already; nothing has changed then
   */
  restore(): void;
}

/** Why no weight can be normalized that is like this. */
export function reasonNotNormal(weight: Weight): string | undefined {
  if (weight.dtype !== 'float32') return `is ${weight.dtype}, not float32`;
  if (weight.property === null) return 'is not held by a property of its layer';
  if (weight.shape.length < 2) return 'has fewer than two axes';
  return weight.trainable ? undefined : 'is not trainable';
}

/** Those that have no reason against them, and the others with theirs. */
export function sorted(
  weights: readonly Weight[],
  reasonNot: (weight: Weight) => string | undefined,
): { chosen: Weight[]; skipped: SkippedWeight[] } {
  const skipped = weights.flatMap((weight) => {
    const reason = reasonNot(weight);
    return reason === undefined ? [] : [{ path: weight.path, reason }];
  });
  return { chosen: weights.filter((weight) => reasonNot(weight) === undefined), skipped };
}

/** All or none. */
export function placeAll<T>(all: readonly T[], place: (one: T) => Parametrization): Parametrization[] {
  const installed: Parametrization[] = [];
  try {
    for (const one of all) installed.push(place(one));
    return installed;
  } catch (error) {
    for (const parametrization of installed) parametrization.restore();
    throw error;
  }
}

/** The handle over all of them; `what` each is, for messages. */
export function handleOfAll(
  what: string,
  parametrizations: readonly Parametrization[],
  weights: readonly Weight[],
): ManyParametrizations {
  const check = (fn: string): void => {
    const gone = parametrizations.find(({ installed }) => !installed);
    if (gone) throw new Error(`${fn}: every ${what} must be in place, got ${gone.path} without it`);
    checkIdle(fn, weights);
  };
  return {
    parametrizations,
    needsRecompile: parametrizations.some(({ needsRecompile }) => needsRecompile),
    fold() {
      check('fold');
      foldAll(parametrizations, 'fold');
    },
    restore() {
      check('restore');
      for (const parametrization of parametrizations) parametrization.restore();
    },
  };
}
