import { type Checkpoint, type CheckpointTensor, type TensorFilter, tensorMatcher } from '@weightkit/checkpoint';
import { checkRange } from '@weightkit/numerics/check';
import { isDtype, type QuantizedDtype } from '../grids/quantized.ts';
import { type Default, defaultFor } from '../model/default-dtype.ts';
import { dtypeRules } from '../model/dtype-rules.ts';
import { fineNames } from '../model/fine-names.ts';

/** One data type for all, or data types by pattern of the name. */
export type DtypeChoice = QuantizedDtype | Readonly<Record<string, QuantizedDtype>>;

const FLOATS = ['float32', 'float16', 'bfloat16'];

/** What each tensor becomes, or why it stays as it is. Nothing is read. */
export function chooser(
  { tensors, extras }: Checkpoint,
  dtype: DtypeChoice | undefined,
  filter: TensorFilter | undefined,
): (tensor: CheckpointTensor) => QuantizedDtype | Default | { reason: string } {
  const fn = 'quantizeCheckpoint';
  const rules = dtype === undefined ? [] : dtypeRules(fn, dtype);
  const known = fineNames(tensors, dtype === undefined ? extras : {});
  const allowed = filter === undefined ? () => true : tensorMatcher(fn, filter);
  checkRange(
    filter === undefined || tensors.some(allowed),
    `${fn}: filter must match a tensor`,
    tensors.slice(0, 3).map(({ name }) => name),
  );
  const matchers = rules.map(([pattern, value]) => {
    const matches = tensorMatcher(fn, pattern);
    checkRange(
      isDtype(dtype) || tensors.some((tensor) => allowed(tensor) && matches(tensor)),
      `${fn}: patterns of dtype must match a tensor that filter lets through`,
      pattern,
    );
    return { matches, value };
  });
  return (tensor) => {
    if (!allowed(tensor)) return { reason: 'left out by filter' };
    const rule = matchers.find(({ matches }) => matches(tensor));
    if (!rule && dtype !== undefined) return { reason: 'no pattern of dtype matches' };
    if (FLOATS.includes(tensor.dtype)) return rule ? rule.value : defaultFor(tensor.shape, tensor.name, false, known);
    return { reason: `${tensor.dtype}: only float32, float16 and bfloat16 are quantized` };
  };
}
