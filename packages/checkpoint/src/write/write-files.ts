import { checkRange, checkType } from '@weightkit/numerics/check';
import { openStaging, pathOfUrl, pathSink, splitPath, within } from '../access/platform.ts';
import { directorySink, memorySink, NameTaken, type Own, type Sink, type Wording } from '../access/sink.ts';
import type { Checkpoint, CheckpointTensor } from '../checkpoint.ts';
import type { FilePlan } from '../formats/file-plan.ts';
import { planSafetensors } from '../formats/safetensors/plan-safetensors.ts';
import { indexOf, shardsOf } from '../formats/shards.ts';
import { ownShardName, planTfjs, shardName } from '../formats/tfjs/plan-tfjs.ts';
import { drain, drainIndex, type IndexPlan, type Staged } from './drain.ts';
import { encodeAll } from './encode-for.ts';
import type { WritableFormat, WriteCheckpointOptions } from './write-options.ts';
import type { CheckpointTarget, WriteReport, WrittenFile } from './write-report.ts';

/** Where files go, and the name of the one that a format is opened by. */
interface Place {
  sink: Sink;
  main: string;
  /** The checkpoint's. */
  identity?: string;
}

const ENDINGS: readonly (readonly [RegExp, WritableFormat])[] = [
  [/\.json$/i, 'tfjs'],
  [/\.safetensors$/i, 'safetensors'],
  [/\.npz$/i, 'npz'],
  [/\.npy$/i, 'npy'],
  [/\.compact$/i, 'compact'],
];
const MAIN: Record<WritableFormat, string> = {
  tfjs: 'model.json',
  safetensors: 'model.safetensors',
  npz: 'model.npz',
  npy: 'tensor.npy',
  compact: 'model.compact',
};

const WORDING: Wording = {
  fn: 'writeCheckpoint',
  what: 'target',
  unwritable: (path, code) => `writeCheckpoint: target must be one that can be written, got ${path} (${code})`,
};

/** A path where a URL of a file is given; to other addresses nothing can be written. */
async function withoutUrl(target: CheckpointTarget): Promise<Exclude<CheckpointTarget, URL>> {
  if (typeof target !== 'string' && !(target instanceof URL)) return target;
  const text = `${target}`;
  const isFile = /^file:/i.test(text);
  checkRange(
    isFile || !/^[a-z][a-z0-9+.-]+:\/\//i.test(text),
    'writeCheckpoint: target must be a path or a file: URL (other addresses cannot be written to)',
    text,
  );
  if (!isFile) return text;
  return pathOfUrl(text).catch((cause) => {
    throw new RangeError(`writeCheckpoint: target must be a file: URL of this machine, got ${text}`, { cause });
  });
}

async function sinkOf(target: Exclude<CheckpointTarget, URL>, format: WritableFormat): Promise<Place> {
  if (target instanceof Map) return { sink: memorySink(target), main: MAIN[format] };
  if (typeof target !== 'string') return { sink: directorySink(target), main: MAIN[format] };
  const named = ENDINGS.some(([ending, known]) => known === format && ending.test(target));
  const { folder, file } = named ? await splitPath(target) : { folder: target, file: MAIN[format] };
  return { sink: await pathSink(folder, WORDING), main: file };
}

function formatOf(
  target: Exclude<CheckpointTarget, URL>,
  checkpoint: Checkpoint,
  given: WritableFormat | undefined,
): WritableFormat {
  if (given !== undefined) return given;
  const ending = typeof target === 'string' ? ENDINGS.find(([known]) => known.test(target))?.[1] : undefined;
  return ending ?? (checkpoint.format === 'gguf' ? 'safetensors' : checkpoint.format);
}

/**
 * Writes files by what names them. A write that can be resumed first makes them whole in a folder beside the target, from where an
 * earlier one has come, and then has them named.
 */
async function staged(
  plans: readonly FilePlan[],
  index: string,
  { sink, main, identity }: Place,
  total: number,
  options: WriteCheckpointOptions,
  name: (staged?: Staged) => Promise<WrittenFile[]>,
): Promise<WrittenFile[]> {
  if (!options.resume) return name();
  checkType(sink.adopt !== undefined, 'writeCheckpoint: resume must be left out where target is no path', sink.name);
  checkType(
    identity !== undefined,
    'writeCheckpoint: resume needs a checkpoint with an identity, as files on disk have and transforms that are given one',
    identity,
  );
  const staging = await openStaging(await within(sink.name, `${main}.resume`), WORDING);
  try {
    const { stage } = await import('./stage.ts');
    const files = await name(await stage(plans, { staging, identity, index }, total, options));
    await staging.remove();
    return files;
  } catch (error) {
    await staging.leave().catch(() => undefined);
    throw error;
  }
}

/** A file of its own. */
async function writeFile(
  plan: FilePlan,
  place: Place,
  total: number,
  options: WriteCheckpointOptions,
): Promise<WrittenFile[]> {
  const { sink } = place;
  await checkFree([plan.file], sink, options);
  return staged([plan], '', place, total, options, (files) => drain([plan], sink, total, options, files)).catch(
    async (error) => {
      // Another write has taken the name in the meantime.
      if (error instanceof NameTaken) await checkFree([plan.file], sink, options);
      throw error;
    },
  );
}

/** An index and files, whose names are the customary ones or have something of this write's own in them. */
interface Indexed {
  index: string;
  make: (own: Own | null) => Pick<IndexPlan, 'text' | 'files'>;
}

const checkFree = async (
  files: readonly string[],
  sink: Sink,
  { overwrite }: WriteCheckpointOptions,
): Promise<void> => {
  for (const file of files)
    checkRange(
      overwrite || !(await sink.has(file)),
      'writeCheckpoint: target must not be there (overwrite: true replaces it)',
      `${sink.name}/${file}`,
    );
};

/**
 * Writes an index and its files. Where there is no index and no file of these names, they have the customary names, else names of
 * their own: the model that is there stays whole until the new index is in its place, and no index ever names files of another write.
 */
async function writeIndexed(
  { index, make }: Indexed,
  place: Place,
  total: number,
  options: WriteCheckpointOptions,
): Promise<WrittenFile[]> {
  const { sink } = place;
  await checkFree([index], sink, options);
  const own = await sink.own(index);
  const customary = make(null);
  const named = async (files?: Staged): Promise<WrittenFile[]> => {
    const there = await Promise.all([index, ...customary.files.map(({ file }) => file)].map((file) => sink.has(file)));
    const write = (parts: ReturnType<typeof make>): Promise<WrittenFile[]> =>
      drainIndex({ index, own, ...parts }, sink, total, options, files);
    try {
      if (there.includes(true)) return await write(make(own));
      return await write(customary).catch((error) => {
        // Another write has taken one of the names in the meantime.
        if (error instanceof NameTaken && error.kind === 'file') return write(make(own));
        throw error;
      });
    } catch (error) {
      if (error instanceof NameTaken) await checkFree([index], sink, options);
      throw error;
    }
  };
  return staged(customary.files, customary.text, place, total, options, named);
}

/** One file, or shards and their index; each replaces the other of the same name, which readers might take for the model. */
async function writeShards(
  ending: 'safetensors' | 'compact',
  plan: (file: string, tensors: readonly CheckpointTensor[], shard: number) => FilePlan,
  tensors: readonly CheckpointTensor[],
  place: Place,
  total: number,
  options: WriteCheckpointOptions,
): Promise<WrittenFile[]> {
  const { sink, main } = place;
  const shards = shardsOf(tensors, options.shardBytes ?? 5e9);
  const stem = main.replace(new RegExp(`\\.${ending}$`, 'i'), '');
  const index = `${stem}.${ending}.index.json`;
  if (shards.length === 1) {
    await checkFree([index], sink, options);
    const file = await writeFile(plan(main, tensors, 0), place, total, options);
    // It is written; what cannot be deleted now, a later write deletes.
    if (await sink.has(index)) await sink.removeIndex(index).catch(() => undefined);
    return file;
  }
  const number = (i: number): string => String(i).padStart(5, '0');
  const make = (own: Own | null) => {
    const named = shards.map((group, i) => ({
      file: `${stem}${own ? `.${own.id}` : ''}-${number(i + 1)}-of-${number(shards.length)}.${ending}`,
      tensors: group,
    }));
    const files = named.map(({ file, tensors: group }, i) => plan(file, group, i));
    return { text: indexOf(named), files };
  };
  await checkFree([main], sink, options);
  const written = await writeIndexed({ index, make }, place, total, options);
  if (await sink.has(main)) await sink.remove(main).catch(() => undefined);
  return written;
}

async function writeTfjs(
  { extras }: Checkpoint,
  tensors: readonly CheckpointTensor[],
  place: Place,
  total: number,
  options: WriteCheckpointOptions,
): Promise<WrittenFile[]> {
  const { shardBytes = 4 * 2 ** 20 } = options;
  const make = (own: Own | null) => {
    const name = own ? ownShardName(own.weightsName) : shardName;
    const { shards, json } = planTfjs(tensors, extras, { shardBytes, name });
    return { text: json, files: shards };
  };
  return writeIndexed({ index: place.main, make }, place, total, options);
}

async function write(
  format: WritableFormat,
  checkpoint: Checkpoint,
  tensors: readonly CheckpointTensor[],
  place: Place,
  options: WriteCheckpointOptions,
): Promise<WrittenFile[]> {
  const total = tensors.reduce((sum, { byteLength }) => sum + byteLength, 0);
  if (format === 'tfjs') return writeTfjs(checkpoint, tensors, place, total, options);
  const { extras } = checkpoint;
  if (format === 'safetensors') {
    const plan = (file: string, some: readonly CheckpointTensor[]) =>
      planSafetensors(file, some, extras.metadata ?? {});
    return writeShards(format, plan, tensors, place, total, options);
  }
  if (format === 'compact') {
    const { planCompact } = await import('../formats/compact/plan-compact.ts');
    // What is said of the whole stands in the first shard.
    const { entries } = extras;
    const beside = entries ? { entries } : {};
    return writeShards(
      format,
      (file, some, i) => planCompact(file, some, i === 0 ? extras : beside),
      tensors,
      place,
      total,
      options,
    );
  }
  const { planNpy, planNpz } = await import('../formats/npz/plan-npz.ts');
  if (format === 'npz') return writeFile(planNpz(place.main, tensors), place, total, options);
  checkRange(tensors.length === 1, 'writeCheckpoint: an npy file must hold one tensor', tensors.length);
  return writeFile(planNpy(place.main, tensors[0]!), place, total, options);
}

/** {@link writeCheckpoint} of arguments that have been checked. */
export async function writeFiles(
  checkpoint: Checkpoint,
  target: CheckpointTarget,
  options: WriteCheckpointOptions,
): Promise<WriteReport> {
  const where = await withoutUrl(target);
  const format = formatOf(where, checkpoint, options.format);
  const { encoded, converted } = encodeAll(checkpoint.tensors, format, 'writeCheckpoint');
  const { identity } = checkpoint;
  const place = { ...(await sinkOf(where, format)), ...(identity === undefined ? {} : { identity }) };
  const files = await write(format, checkpoint, encoded, place, options);
  const { modelJson, metadata, arrays } = checkpoint.extras;
  const dropped = [
    ...(format !== 'tfjs' && format !== 'compact' && (modelJson?.length ?? 0) > 0 ? ['modelJson'] : []),
    ...(format !== 'safetensors' && format !== 'compact' && Object.keys(metadata ?? {}).length > 0 ? ['metadata'] : []),
    ...(Object.keys(arrays ?? {}).length > 0 ? ['arrays'] : []),
  ];
  return { format, files, bytes: files.reduce((sum, { bytes }) => sum + bytes, 0), converted, dropped };
}
