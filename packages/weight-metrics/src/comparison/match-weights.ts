/** A weight, as far as its name goes. */
export interface Named {
  /** Its path in its model. */
  path: string;
  /** The same with names that tfjs made up counted by place. */
  stablePath: string;
}

/** A pair, or what has no partner and why. */
export type Match<T> =
  | {
      /** On the first side. */
      before: T;
      /** On the second side. */
      after: T;
    }
  | {
      /** What stands alone. */
      alone: T;
      /** Why. */
      reason: string;
    };

const byKey = <T extends Named>(side: readonly T[], key: keyof Named): Map<string, T> =>
  new Map(side.map((weight) => [weight[key], weight]));

const sameKeys = (a: ReadonlyMap<string, unknown>, b: ReadonlyMap<string, unknown>): boolean =>
  a.size === b.size && [...a.keys()].every((key) => b.has(key));

const ambiguous = ({ path, stablePath }: Named): string =>
  `ambiguous: ${path} is a name that tfjs made up, and the other side has it at another place than ${stablePath}; name the layers`;

/**
 * Finds for each weight of one model its partner in another. Names that a person gave must agree. Names that tfjs made up
 * count by their place: where both models are built alike, by it alone, since a number may be used twice by coincidence (a
 * model loaded from a file beside one that was built); where they differ, name and place must not contradict each other.
 *
 * @param alike - whether both models have the same stable paths with the same shapes
 * @returns an entry per weight of `before`, in order, then what only `after` has
 */
export function matchWeights<T extends Named>(
  before: readonly T[],
  after: readonly T[],
  { alike }: { alike: boolean },
): Match<T>[] {
  const [first, second] = [byKey(before, 'path'), byKey(after, 'path')];
  const [firstPlaces, secondPlaces] = [byKey(before, 'stablePath'), byKey(after, 'stablePath')];
  const sameNames = sameKeys(first, second);
  const taken = new Set<T>();
  const partnerOf = (weight: T): T | string => {
    const named = second.get(weight.path);
    const placed = secondPlaces.get(weight.stablePath);
    if (sameNames) return named!;
    if (alike || named === placed) return placed ?? 'only before';
    if (placed) return named || first.has(placed.path) ? ambiguous(weight) : placed;
    return firstPlaces.has(named!.stablePath) ? ambiguous(weight) : named!;
  };
  const matches = before.map((weight): Match<T> => {
    const partner = partnerOf(weight);
    if (typeof partner === 'string') return { alone: weight, reason: partner };
    taken.add(partner);
    return { before: weight, after: partner };
  });
  const left = after.filter((weight) => !taken.has(weight));
  const reasonOf = (weight: T): string => {
    const conflict = !sameNames && !alike && (first.has(weight.path) || firstPlaces.has(weight.stablePath));
    return conflict ? ambiguous(weight) : 'only after';
  };
  return [...matches, ...left.map((weight) => ({ alone: weight, reason: reasonOf(weight) }))];
}
