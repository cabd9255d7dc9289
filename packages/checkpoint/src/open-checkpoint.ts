import { checkFunction, checkOptions } from '@weightkit/numerics/check';
import type { ByteSource } from './access/byte-source.ts';
import { type FileSource, openSource } from './access/open-source.ts';
import type { OpenedFile } from './access/opened-file.ts';
import type { FetchOptions } from './access/url-source.ts';
import { checkListening } from './check-listening.ts';
import type { Checkpoint } from './checkpoint.ts';
import { checkFile } from './checkpoint-error.ts';
import { readJson } from './formats/read-json.ts';
import { openSafetensors } from './formats/safetensors/open-safetensors.ts';
import type { ArtifactsLike } from './formats/tfjs/open-artifacts.ts';
import { openManifest } from './formats/tfjs/open-tfjs.ts';
import { plainWeights } from './formats/tfjs/plain-weights.ts';

/** Options of {@link openCheckpoint}. */
export interface OpenCheckpointOptions {
  /** Stops downloads. @defaultValue none */
  signal?: AbortSignal;
  /** In place of the global `fetch`: for headers, proxies and tests. @defaultValue the global one */
  fetch?: typeof fetch;
}

/** A loader of TensorFlow.js artifacts, as `tf.io` has them. */
export interface LoaderLike {
  /** Gives the artifacts. */
  load?: () => Promise<ArtifactsLike>;
}

/** What {@link openCheckpoint} opens. */
export type CheckpointSource = FileSource | ArtifactsLike | LoaderLike;

/** The longest JSON that is read. */
const MAX_JSON = 256_000_000;

async function openJson(opened: OpenedFile, onOpen: (source: ByteSource) => void): Promise<Checkpoint> {
  const { source } = opened;
  const file = source.name;
  checkFile(source.size <= MAX_JSON, `JSON must have ${MAX_JSON} bytes at most`, source.size, { check: 'json', file });
  const bytes = await source.read(0, source.size);
  const plain = plainWeights(bytes);
  let read = plain ?? readJson(bytes);
  if (!read) {
    const strict = await import(/* webpackChunkName: "weightkit-strict-json" */ './formats/strict-json.ts');
    read = strict.strictJson(bytes, { file });
  }
  const { value, outermost } = read;
  // The legacy weights_manifest.json is the list of groups alone.
  if (Array.isArray(value)) return openManifest(opened, value, undefined, onOpen);
  const { weightsManifest, weight_map: weightMap } = (value ?? {}) as Record<string, unknown>;
  if (weightMap !== undefined || weightsManifest === undefined) {
    const indexes = await import(/* webpackChunkName: "weightkit-open-index" */ './formats/open-index.ts');
    return indexes.openIndex(opened, value, onOpen, openSafetensors);
  }
  const rest = outermost().filter(([key]) => key !== 'weightsManifest');
  return openManifest(opened, weightsManifest, rest, onOpen, plain?.groups);
}

/** How files begin that are neither JSON nor safetensors, whatever follows. */
const OTHERS = ['GGUF', '\x89WKC', 'PK\x03\x04', 'PK\x05\x06', '\x93NUMPY', 'version https://'];
const HTML = /^\s*<(!doctype|html|\?xml)/i;

/** Tells the format by the first bytes, never by the file's name alone. Others than the usual two are loaded when such a file comes. */
async function openFile(opened: OpenedFile, onOpen: (source: ByteSource) => void): Promise<Checkpoint> {
  const { source } = opened;
  const head = await source.read(0, Math.min(16, source.size));
  const text = String.fromCharCode(...head);
  if (!OTHERS.some((begin) => text.startsWith(begin)) && !HTML.test(text)) {
    if (/\.safetensors$/i.test(source.name)) return openSafetensors(source);
    if (/^(\xef\xbb\xbf)?\s*[{[]/.test(text)) return openJson(opened, onOpen);
    // Eight bytes of length, then JSON: safetensors.
    if (head.length >= 8 && (head[8] === 0x7b || head[8] === undefined || /\s/.test(text[8]!)))
      return openSafetensors(source);
  }
  const others = await import(/* webpackChunkName: "weightkit-open-other" */ './formats/open-other.ts');
  return others.openOther(source, text);
}

/** Whether a value is of `tf.io`: artifacts or what loads them. */
const isOfIo = (source: unknown): source is ArtifactsLike | LoaderLike =>
  typeof source === 'object' &&
  source !== null &&
  ('weightSpecs' in source || typeof (source as LoaderLike).load === 'function');

/**
 * Opens whatever holds weights: reads and checks its header or index, and nothing of the tensors. The format is told by the
 * first bytes: `model.json` of TensorFlow.js (LayersModel, GraphModel, bare manifest), safetensors, compact, an index of shards of these,
 * npz, npy, GGUF.
 *
 * Hostile files are refused: every size, count and offset is checked before memory is taken, names never become paths outside
 * the folder, keys that stand twice are an error.
 *
 * @example
 * const weightSpecs = [{ name: 'a', shape: [2], dtype: 'float32' }];
 * const checkpoint = await openCheckpoint({ weightSpecs, weightData: Float32Array.of(1, 2).buffer });
 * for (const { name, shape, dtype } of checkpoint.tensors) console.log(name, shape, dtype); // -> a [ 2 ] float32
 * await checkpoint.close();
 *
 * @param source - a path or folder (Node), a URL, a File or a list of them, a directory handle, bytes, a Map of bytes by file
 *   name, artifacts of `tf.io` or an IOHandler
 * @param options - see {@link OpenCheckpointOptions}
 * @returns the checkpoint; close it
 * @throws CheckpointError when the file breaks its format's law: it names the check, the file, the tensor and the byte
 */
export async function openCheckpoint(
  source: CheckpointSource,
  options: OpenCheckpointOptions = {},
): Promise<Checkpoint> {
  checkOptions('openCheckpoint', options, ['signal', 'fetch']);
  const { signal, fetch } = options;
  checkListening('openCheckpoint', { signal });
  if (fetch !== undefined) checkFunction('openCheckpoint', 'fetch', fetch);
  signal?.throwIfAborted();
  if (isOfIo(source)) {
    const artifacts = await import(
      /* webpackChunkName: "weightkit-open-artifacts" */ './formats/tfjs/open-artifacts.ts'
    );
    return artifacts.openArtifacts('weightSpecs' in source ? source : await (source as Required<LoaderLike>).load());
  }
  const opened = await openSource(source as FileSource, { signal, fetch } satisfies FetchOptions);
  const sources = [opened.source];
  try {
    const checkpoint = await openFile(opened, (more) => sources.push(more));
    const known = sources.every(({ identity }) => identity !== undefined);
    return known ? { ...checkpoint, identity: sources.map(({ identity }) => identity).join(', ') } : checkpoint;
  } catch (error) {
    await Promise.all(sources.map((one) => one.close().catch(() => undefined)));
    throw error;
  }
}
