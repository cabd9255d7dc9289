import { type ByteSource, bytesSource } from '../../access/byte-source.ts';
import { joinedSource } from '../../access/joined-source.ts';
import { checkFileName, type OpenedFile } from '../../access/open-source.ts';
import type { Checkpoint, CheckpointTensor, Extras } from '../../checkpoint.ts';
import { checkFile } from '../../checkpoint-error.ts';
import { sizeOf } from '../../dtypes.ts';
import { storedTensor } from '../../stored-tensor.ts';
import { stringLength } from './string-length.ts';
import { type TfjsEntry, tfjsEntry } from './tfjs-entry.ts';

const MAX_SHARDS = 10_000;

interface Group {
  paths: string[];
  entries: TfjsEntry[];
}

function groupOf(group: unknown, file: string, read?: TfjsEntry[]): Group {
  const { paths, weights } = (group ?? {}) as Record<string, unknown>;
  checkFile(Array.isArray(paths) && Array.isArray(weights), 'a group must have paths and weights', group, {
    check: 'manifest',
    file,
  });
  for (const path of paths) checkFileName(path, file);
  return { paths: paths as string[], entries: read ?? weights.map((entry) => tfjsEntry(entry, file)) };
}

/** Names must be told apart: stock keeps the last of two. */
function checkNames(entries: readonly TfjsEntry[], file: string): void {
  const seen = new Set<string>();
  for (const { name } of entries) {
    // What messages are made of is made only where one is needed, here and below: there may be many thousands of weights.
    if (seen.has(name))
      checkFile(false, 'a weight must have a name of its own', name, { check: 'duplicate-name', file, tensor: name });
    seen.add(name);
  }
}

/** What the entries say beside what a tensor has, as `group` of an optimizer's weights. */
function restOf(entries: readonly TfjsEntry[]): Pick<Extras, 'entries'> {
  const rest = new Map<string, TfjsEntry['rest']>();
  for (const entry of entries) if (entry.rest.length > 0) rest.set(entry.name, entry.rest);
  return rest.size > 0 ? { entries: rest } : {};
}

/** What a server sends in place of a file that is not there. */
async function looksLikeHtml(sources: readonly ByteSource[]): Promise<string | undefined> {
  for (const source of sources) {
    const begin = new TextDecoder('latin1').decode(await source.read(0, Math.min(source.size, 64)));
    if (/^\s*<(!doctype|html|\?xml|head|body)/i.test(begin)) return source.name;
  }
  return undefined;
}

/** The tensors of weights that lie one after the other in one source, in the manifest's order. */
async function tensorsIn(
  source: ByteSource,
  entries: readonly TfjsEntry[],
  files: readonly ByteSource[],
  file: string,
): Promise<CheckpointTensor[]> {
  const least = entries.reduce((sum, { bytes }) => sum + bytes, 0);
  const exact = !entries.some(({ dtype }) => dtype === 'string');
  const short = least > source.size;
  if (short || (exact && least !== source.size)) {
    const html = await looksLikeHtml(files);
    checkFile(html === undefined, 'a weight file must hold weights', 'a page of HTML', {
      check: 'html',
      file: html,
      byte: 0,
    });
    checkFile(
      false,
      `the weight files must have ${exact ? '' : 'at least '}${least} bytes as the manifest says, ${short ? `${least - source.size} more` : `${source.size - least} less`}`,
      source.size,
      { check: 'weights-length', file },
    );
  }
  const tensors: CheckpointTensor[] = [];
  let at = 0;
  for (const { name, shape, dtype, encoding, codec, bytes } of entries) {
    const length = dtype === 'string' ? await stringLength(source, at, sizeOf(shape), { file, tensor: name }) : bytes;
    if (at + length > source.size)
      checkFile(false, `${name} must end inside the weight files`, source.size - at, {
        check: 'weights-length',
        file,
        tensor: name,
        byte: at,
      });
    tensors.push(storedTensor({ name, shape, dtype, encoding, codec, source, begin: at, end: at + length }));
    at += length;
  }
  checkFile(at === source.size, `the weight files must end with the last weight, at byte ${at}`, source.size, {
    check: 'weights-length',
    file,
    byte: at,
  });
  return tensors;
}

/**
 * Opens the weights of a manifest, which lists groups of files and what lies in them.
 *
 * @param read - the weights of each group, where they have been read and the manifest is without
 */
export async function openManifest(
  { source, sibling }: OpenedFile,
  manifest: unknown,
  modelJson: Extras['modelJson'],
  onOpen: (source: ByteSource) => void,
  read?: TfjsEntry[][],
): Promise<Checkpoint> {
  const file = source.name;
  checkFile(Array.isArray(manifest), 'weightsManifest must be a list of groups', manifest, { check: 'manifest', file });
  const groups = manifest.map((group, i) => groupOf(group, file, read?.[i]));
  const entries = groups.flatMap((group) => group.entries);
  checkNames(entries, file);
  const paths = groups.flatMap((group) => group.paths);
  checkFile(paths.length <= MAX_SHARDS, `a manifest must name ${MAX_SHARDS} files at most`, paths.length, {
    check: 'manifest',
    file,
  });
  const shards: ByteSource[] = [];
  for (const path of paths) {
    const shard = await sibling(path);
    shards.push(shard);
    onOpen(shard);
  }
  const joined = joinedSource(shards, paths.length === 1 ? shards[0]!.name : `${file}'s weight files`);
  return {
    format: 'tfjs',
    tensors: await tensorsIn(joined, entries, shards, file),
    extras: {
      ...(modelJson ? { modelJson } : {}),
      ...restOf(entries),
      groups: groups.map((group) => group.entries.length),
    },
    close: async () => {
      await Promise.all([source.close(), joined.close()]);
    },
  };
}

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
