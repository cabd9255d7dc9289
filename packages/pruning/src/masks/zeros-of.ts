import { roundHalfEven } from '@weightkit/numerics';
import { checkRange } from '@weightkit/numerics/check';
import type { GroupSet } from '../structures/group-set.ts';
import type { NOfMStructure } from '../structures/structure.ts';
import { isByPattern, type ModelAmount, type SparsityByPattern } from './amount.ts';
import { roundedZeros } from './choose-groups.ts';
import { erkOf } from './erk.ts';
import { matchedBy, type Plan } from './plan.ts';

const most = ({ groups, keepsOne }: GroupSet): number => Math.max(0, groups - (keepsOne ? 1 : 0));
const unitOf = ({ keepsOne }: GroupSet): string => (keepsOne ? 'groups' : 'entries');

/** The zeros of a set whose outputs are pruned by themselves, the same number of each. */
function zerosOfLines(fn: string, { sparsity, count }: ModelAmount, { groups, name, lines }: GroupSet): number {
  const length = lines!.groups === 0 ? 0 : groups / lines!.groups;
  if (count === undefined) return lines!.groups * roundHalfEven((sparsity as number) * length);
  checkRange(
    count <= length,
    `${fn}: count must be at most ${length}, the number of entries of an output of ${name}`,
    count,
  );
  return lines!.groups * count;
}

function zerosAmong(fn: string, { sparsity, count }: ModelAmount, set: GroupSet, name: string): number {
  if (set.lines) return zerosOfLines(fn, { sparsity, count } as ModelAmount, set);
  if (count === undefined) return Math.min(roundHalfEven((sparsity as number) * set.groups), most(set));
  const why = set.keepsOne
    ? `, one less than the number of groups of ${name}`
    : `, the number of ${unitOf(set)} of ${name}`;
  checkRange(count <= most(set), `${fn}: count must be at most ${most(set)}${why}`, count);
  return count;
}

/** The zeros of each set by the share of its groups that go. */
export const zerosByShare = (fn: string, { sets }: Plan, share: (set: GroupSet) => number): number[] =>
  sets.map((set) => zerosAmong(fn, { sparsity: share(set) }, set, set.name));

/** All sets as one; at least one group of each may have to stay. */
function joined(sets: readonly GroupSet[]): { groups: number; most: number; keepsOne: boolean } {
  const sum = (of: (set: GroupSet) => number) => sets.reduce((total, set) => total + of(set), 0);
  return { groups: sum((set) => set.groups), most: sum(most), keepsOne: sets.some(({ keepsOne }) => keepsOne) };
}

function totalZeros(fn: string, { sparsity, count }: ModelAmount, sets: readonly GroupSet[]): number {
  const all = joined(sets);
  if (count === undefined) return Math.min(roundHalfEven((sparsity as number) * all.groups), all.most);
  const what = all.keepsOne
    ? 'the number of groups without one of each layer'
    : 'the number of entries of all chosen weights';
  checkRange(count <= all.most, `${fn}: count must be at most ${all.most}, ${what}`, count);
  return count;
}

/** What the kernels that count of a set are to ERK: the sum of their sizes over the number of their entries. */
function shareOf({ members }: GroupSet): number {
  const shapes = members.filter(({ votes }) => votes).map(({ weight }) => weight.shape);
  const sum = shapes.flat().reduce((a, b) => a + b, 0);
  return sum / shapes.reduce((total, shape) => total + shape.reduce((a, b) => a * b, 1), 0);
}

function erkZeros(fn: string, amount: ModelAmount, sets: readonly GroupSet[]): number[] {
  const counts = sets.map(({ groups }) => groups);
  const sparsity =
    amount.count === undefined ? (amount.sparsity as number) : totalZeros(fn, amount, sets) / joined(sets).groups;
  return erkOf(sets.map(shareOf), counts, sparsity).map((one, i) =>
    Math.min(roundHalfEven(one * counts[i]!), most(sets[i]!)),
  );
}

/** The sparsity of a list of paths by the first pattern that matches one of them; undefined where none does. */
function byPattern(
  fn: string,
  patterns: SparsityByPattern,
  { model }: Plan,
): (paths: readonly string[]) => number | undefined {
  const found = Object.entries(patterns).map(
    ([pattern, sparsity]) => [new Set(matchedBy(fn, model, pattern)), sparsity] as const,
  );
  return (paths) => found.find(([matched]) => paths.some((path) => matched.has(path)))?.[1];
}

/** How many of m neighbors go, of each weight. At least one stays. */
function neighborZeros(fn: string, { sparsity, count }: ModelAmount, plan: Plan, now: readonly number[]): number[] {
  const { m } = plan.structure as NOfMStructure;
  if (count !== undefined)
    checkRange(count < m, `${fn}: count must be at most ${m - 1}, one less than the m of { n, m }`, count);
  const found = isByPattern(sparsity) ? byPattern(fn, sparsity, plan) : () => sparsity as number | undefined;
  return plan.neighbors.map(({ weight: { path } }, i) => {
    const own = found([path]);
    if (count === undefined && own === undefined) return now[i] ?? 0;
    return count ?? Math.min(roundHalfEven(own! * m), m - 1);
  });
}

/**
 * The number of zeros that an amount means: of the groups of each set, of each m neighbors, or of all together.
 *
 * @param fn - the function that was called, for messages
 * @param now - how many groups of each set are zero now; sets without a pattern stay so
 */
export function zerosOf(fn: string, amount: ModelAmount, plan: Plan, now: readonly number[] = []): number[] | number {
  const { sets, neighbors, scope, multipleOf } = plan;
  if (neighbors.length > 0) return neighborZeros(fn, amount, plan, now);
  const rounded = (zeros: readonly number[]) => zeros.map((z, i) => roundedZeros(z, sets[i]!.groups, multipleOf));
  if (isByPattern(amount.sparsity)) {
    checkRange(
      scope === 'layer' || scope === 'output',
      `${fn}: scope must be 'layer' or 'output' for sparsities by pattern`,
      scope,
    );
    const found = byPattern(fn, amount.sparsity, plan);
    return rounded(
      sets.map((set, i) => {
        const sparsity = found(set.members.flatMap(({ weight, votes }) => (votes ? weight.path : [])));
        return sparsity === undefined ? (now[i] ?? 0) : zerosAmong(fn, { sparsity }, set, set.name);
      }),
    );
  }
  if (scope === 'layer' || scope === 'output') return rounded(sets.map((set) => zerosAmong(fn, amount, set, set.name)));
  return scope === 'erk' ? rounded(erkZeros(fn, amount, sets)) : totalZeros(fn, amount, sets);
}
