import type { Checkpoint, CheckpointTensor } from '@weightkit/checkpoint';
import { mapCheckpoint } from '@weightkit/checkpoint';
import { shapeText } from '../output/numbers.ts';
import { UsageError } from '../output/usage-error.ts';

/** A renaming: what matches the pattern is replaced, `$1` by what its first parentheses matched. */
export type Renaming = readonly [pattern: RegExp, replacement: string];

/**
 * The tensors under other names.
 *
 * @throws UsageError when two would have one name
 */
export function renamed(checkpoint: Checkpoint, renamings: readonly Renaming[]): Checkpoint {
  if (renamings.length === 0) return checkpoint;
  const rename = (name: string): string => renamings.reduce((so, [pattern, to]) => so.replace(pattern, to), name);
  const taken = new Map<string, string>();
  for (const { name } of checkpoint.tensors) {
    const other = taken.get(rename(name));
    if (other !== undefined)
      throw new UsageError(
        `--rename must leave every tensor a name of its own, got ${rename(name)} for ${other} and ${name}`,
      );
    taken.set(rename(name), name);
  }
  return mapCheckpoint(checkpoint, (tensor) => ({ ...tensor, name: rename(tensor.name) }));
}

const list = (names: readonly string[]): string =>
  `${names.slice(0, 4).join(', ')}${names.length > 4 ? `, ... (${names.length})` : ''}`;

/** Why a tensor does not fit into a place of a model. */
function misfit(tensor: CheckpointTensor, place: CheckpointTensor): string | undefined {
  if (`${tensor.shape}` === `${place.shape}`) return undefined;
  const turned = `${[...tensor.shape].reverse()}` === `${place.shape}`;
  const note = turned ? ': turned about, and nothing is transposed here' : '';
  return `${tensor.name} is ${shapeText(tensor.shape)}, the model has ${shapeText(place.shape)}${note}`;
}

/**
 * The tensors in the places of a model of TensorFlow.js: its topology and its order, with the values of the checkpoint.
 *
 * @param model - what has the topology; borrowed
 * @throws UsageError unless names and shapes are those of the model
 */
export function into(checkpoint: Checkpoint, model: Checkpoint): Checkpoint {
  if ((model.extras.modelJson ?? []).every(([key]) => key !== 'modelTopology'))
    throw new UsageError('--into must be a model.json with a topology', 'leave --into out to write the weights alone');
  const given = new Map(checkpoint.tensors.map((tensor) => [tensor.name, tensor]));
  const wanted = new Set(model.tensors.map(({ name }) => name));
  const missing = model.tensors.map(({ name }) => name).filter((name) => !given.has(name));
  const surplus = [...given.keys()].filter((name) => !wanted.has(name));
  if (missing.length > 0 || surplus.length > 0)
    throw new UsageError(
      [
        'the tensors must have the names of the model of --into',
        ...(missing.length > 0 ? [`it also has ${list(missing)}`] : []),
        ...(surplus.length > 0 ? [`it has no ${list(surplus)}`] : []),
      ].join('; '),
      "--rename 'pattern=name' or --filter; weightkit diff <input> <model.json> lists them all",
    );
  const misfits = model.tensors.flatMap((place) => misfit(given.get(place.name)!, place) ?? []);
  if (misfits.length > 0)
    throw new UsageError(`the tensors must have the shapes of the model of --into: ${misfits.slice(0, 3).join('; ')}`);
  return {
    format: 'tfjs',
    extras: model.extras,
    tensors: model.tensors.map(({ name }) => given.get(name)!),
    close: () => checkpoint.close(),
  };
}
