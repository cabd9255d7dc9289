import { type CheckpointTensor, globToRegExp } from '@weightkit/checkpoint';
import { checkRange } from '@weightkit/numerics/check';
import { type Amount, isByPattern, type ModelAmount } from '../masks/amount.ts';

/** How much goes of tensors that go together, by their names; undefined where no pattern fits one. */
export type AmountOf = (names: readonly string[]) => Amount | undefined;

/**
 * Reads an amount by names of tensors.
 *
 * @param fn - the function that was called, for messages
 * @param amount - checked
 * @param tensors - all of the file
 * @throws RangeError for a pattern that fits no tensor
 */
export function amountReader(fn: string, amount: ModelAmount, tensors: readonly CheckpointTensor[]): AmountOf {
  const { sparsity } = amount;
  if (!isByPattern(sparsity)) return () => amount as Amount;
  const patterns = Object.entries(sparsity).map(([pattern, share]) => {
    const glob = globToRegExp(pattern);
    const names = tensors.slice(0, 3).map(({ name }) => name);
    checkRange(
      tensors.some(({ name }) => glob.test(name)),
      `${fn}: a pattern of sparsity must match a tensor (as ${names.join(', ')})`,
      pattern,
    );
    return [glob, share] as const;
  });
  return (names) => {
    const found = patterns.find(([glob]) => names.some((name) => glob.test(name)));
    return found && { sparsity: found[1] };
  };
}
