import { checkType } from '@weightkit/numerics/check';
import { pathSink, splitPath } from '../access/platform.ts';
import { checkCheckpoint } from '../check-checkpoint.ts';
import type { Checkpoint } from '../checkpoint.ts';
import { COMPACT } from '../formats/tfjs/manifest-entry.ts';
import { ownShardName, planTfjs } from '../formats/tfjs/plan-tfjs.ts';
import { drainIndex } from './drain.ts';
import { encodeAll } from './encode-for.ts';
import type { WrittenFile } from './write-report.ts';

/**
 * Writes a checkpoint in place of the model of TensorFlow.js that a JSON file names, for the packages on top of this one: in Node,
 * the weights in one file that is named after the JSON file, the JSON without spaces. At every moment the JSON file is a whole
 * model, the earlier or the new one; what earlier writes of it left is deleted.
 *
 * @param fn - the function that was called, for messages
 * @param json - the JSON file's path
 * @param checkpoint - borrowed
 * @returns the files, the JSON file last
 * @throws Error with the system's code for what cannot be written; TypeError when TensorFlow.js has no such dtype
 */
export async function saveModel(fn: string, json: string, checkpoint: Checkpoint): Promise<WrittenFile[]> {
  checkType(typeof json === 'string' && json !== '', `${fn}: json must be a path`, json);
  checkCheckpoint(fn, 'checkpoint', checkpoint);
  const { folder, file } = await splitPath(json);
  const unwritable = (path: string, code: string): string =>
    `${fn}: ${path} must be a file that can be written, got ${code}`;
  const sink = await pathSink(folder, { fn, what: 'folder', unwritable });
  const own = await sink.own(file);
  const { encoded } = await encodeAll(checkpoint.tensors, 'tfjs', fn);
  const { shards, json: text } = planTfjs(encoded, checkpoint.extras, {
    shardBytes: Number.MAX_SAFE_INTEGER,
    name: ownShardName(own.weightsName),
    notation: COMPACT,
  });
  return drainIndex({ index: file, text, files: shards, own }, sink, 0, { overwrite: true });
}
