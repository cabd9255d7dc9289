import { bytesSource } from '../../access/byte-source.ts';
import { joinedSource } from '../../access/joined-source.ts';
import type { Checkpoint } from '../../checkpoint.ts';
import { checkFile } from '../../checkpoint-error.ts';
import { checkNames, restOf, tensorsIn } from './listed-weights.ts';
import { tfjsEntry } from './tfjs-entry.ts';

/** The part of tf.io.ModelArtifacts that holds weights. */
export interface ArtifactsLike {
  /** The topology, passed through. */
  readonly modelTopology?: unknown;
  /** The entries of a weights manifest, in the order of the data. */
  readonly weightSpecs?: readonly unknown[];
  /** The weights' bytes, one after the other. */
  readonly weightData?: ArrayBuffer | readonly ArrayBuffer[] | undefined;
}

/** What artifacts hold beside the entries of a model.json. */
const NOT_IN_JSON = ['weightSpecs', 'weightData', 'getWeightStream'];

/** Opens artifacts as an IOHandler gives them. */
export async function openArtifacts(artifacts: ArtifactsLike): Promise<Checkpoint> {
  const file = 'artifacts';
  checkFile(typeof artifacts === 'object' && artifacts !== null, 'load must give artifacts of tf.io', artifacts, {
    check: 'artifacts',
    file,
  });
  const isModel = artifacts.weightSpecs !== undefined || 'modelTopology' in artifacts;
  checkFile(isModel, 'artifacts must have weightSpecs or a modelTopology', artifacts, { check: 'artifacts', file });
  const { weightSpecs = [], weightData = new ArrayBuffer(0) } = artifacts;
  // Not the list itself: `every` and `map` pass over holes.
  const buffers = Array.isArray(weightData) ? Array.from(weightData as ArrayBuffer[]) : [weightData as ArrayBuffer];
  checkFile(
    buffers.every((buffer) => buffer instanceof ArrayBuffer),
    'weightData must be an ArrayBuffer or a list of them',
    weightData,
    { check: 'artifacts', file },
  );
  checkFile(Array.isArray(weightSpecs), 'weightSpecs must be a list', weightSpecs, { check: 'artifacts', file });
  const entries = Array.from(weightSpecs, (entry) => tfjsEntry(entry, file));
  checkNames(entries, file);
  const sources = buffers.map((buffer, i) => bytesSource(new Uint8Array(buffer), `weightData ${i}`));
  const tensors = await tensorsIn(joinedSource(sources, file), entries, sources, file);
  // A value that JSON has no text for, as a function, gives undefined.
  const modelJson = Object.entries(artifacts).flatMap(([key, value]): [string, string][] => {
    const text: string | undefined = NOT_IN_JSON.includes(key) ? undefined : JSON.stringify(value);
    return text === undefined ? [] : [[key, text]];
  });
  const extras = { modelJson, ...restOf(entries), groups: [entries.length] };
  return { format: 'tfjs', tensors, extras, close: async () => {} };
}
