import type { Checkpoint, WritableFormat } from '@weightkit/checkpoint';
import { type PruneCheckpointReport, pruneCheckpoint } from '@weightkit/pruning/checkpoint';
import type { QuantizeCheckpointReport } from '@weightkit/quantization/checkpoint';
import { quantize } from './command.ts';
import type { Change, Changed } from './protocol.ts';

/** A changed model, still lazy. */
interface Made {
  /** With its zeros, before it is rounded. */
  pruned: Checkpoint;
  made: Checkpoint;
  pruning: PruneCheckpointReport | null;
  quantizing: QuantizeCheckpointReport | null;
}

/** Prunes a model and then rounds it, as the command does one after the other. */
export async function changeOf(
  checkpoint: Checkpoint,
  { sparsity, dtype }: Change,
  format: WritableFormat,
  signal: AbortSignal,
): Promise<Made> {
  const pruning = sparsity > 0 ? await pruneCheckpoint(checkpoint, { sparsity, signal }) : null;
  const pruned = pruning?.checkpoint ?? checkpoint;
  const quantizing = dtype === 'same' ? null : await quantize(pruned, { dtype, requantize: false, format, signal });
  return {
    pruned,
    made: quantizing?.checkpoint ?? pruned,
    pruning: pruning?.report ?? null,
    quantizing: quantizing?.report ?? null,
  };
}

/** What the reports of a change say in two numbers. */
export function certificateOf({ pruning, quantizing }: Made): Pick<Changed, 'zeros' | 'bound'> {
  let bound: Changed['bound'] = null;
  for (const { name, bound: value } of quantizing?.quantized ?? [])
    if (value > (bound?.value ?? 0)) bound = { value, tensor: name };
  return { zeros: pruning && { after: pruning.zeros[1], parameters: pruning.parameters }, bound };
}
