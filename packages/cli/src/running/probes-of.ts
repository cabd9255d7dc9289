import type { Checkpoint, CheckpointTensor } from '@weightkit/checkpoint';
import { UsageError } from '../output/usage-error.ts';
import type { Loaded, ShapedNumbers } from './comparing.ts';

async function shaped({ name, values, shape }: CheckpointTensor): Promise<ShapedNumbers> {
  const numbers = await values();
  const isTaken = numbers instanceof Float32Array || numbers instanceof Int32Array || numbers instanceof Uint8Array;
  const taken = isTaken ? numbers : Float32Array.from(numbers as ArrayLike<number>);
  const at = taken.findIndex((value) => !Number.isFinite(value));
  // What is compared after such a number is the same whatever the weights are.
  if (at >= 0) throw new UsageError(`probes must be finite, got ${taken[at]} at ${name}[${at}]`, 'a file without it');
  return { values: taken, shape };
}

/** A name without the number of an output, which GraphModels have in theirs. */
const plain = (name: string): string => name.replace(/:0$/, '');

/** The names of inputs: of a LayersModel those of its layers, since its tensors are renamed when it is loaded twice. */
function namesOf(model: Loaded): string[] {
  const { inputNames, inputs } = model as unknown as { inputNames?: string[]; inputs: { name: string }[] };
  return (inputNames ?? inputs.map(({ name }) => name)).map(plain);
}

/**
 * The tensors of a file as examples, one for each input: by the names of the inputs where they have these, else in their order.
 *
 * @throws UsageError where one has the name of an input and another has not, and for NaN and infinity
 */
export async function probesOf({ tensors }: Checkpoint, model: Loaded): Promise<ShapedNumbers[]> {
  const names = namesOf(model);
  const byName = new Map(tensors.map((tensor) => [plain(tensor.name), tensor]));
  const strange = [...byName.keys()].find((name) => !names.includes(name));
  const named = tensors.length > 1 && names.some((name) => byName.has(name));
  if (named && strange !== undefined)
    throw new UsageError(`probes must have the names of the inputs, which are ${names.join(', ')}, got ${strange}`);
  const ordered = named ? names.flatMap((name) => byName.get(name) ?? []) : tensors;
  const found: ShapedNumbers[] = [];
  for (const tensor of ordered) found.push(await shaped(tensor));
  return found;
}
