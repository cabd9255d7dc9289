import type { Checkpoint } from '@weightkit/checkpoint';
import { checkRange } from '@weightkit/numerics/check';

/** Names of tensors that adapters of any kind here or of peft have; others, as of a head that trained along, are no part of them. */
const OF_ADAPTERS = /\.(lora_\w+|ia3_l|vera_lambda_[bd]|adapter_(down|up))(\.\w+)?$/;

/** Checks that a file has no adapters that nothing here would take: the model would compute as neither of the two did. */
export function checkNothingLeft(fn: string, file: Checkpoint, taken: ReadonlySet<string>): void {
  const left = file.tensors.flatMap(({ name }) => (OF_ADAPTERS.test(name) && !taken.has(name) ? [name] : []));
  checkRange(
    left.length === 0,
    `${fn}: checkpoint must have no adapters but of the kind and the weights of those in place`,
    left,
  );
}
