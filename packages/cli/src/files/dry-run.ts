import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { type Checkpoint, type WriteReport, writeCheckpoint } from '@weightkit/checkpoint';
import { BlockSample } from './block-sample.ts';
import { type Compressed, CompressedCount } from './compressed.ts';
import { type CountedFile, CountingDirectory } from './counting-directory.ts';
import type { Target } from './target.ts';

/** What `writeCheckpoint` begins the names of a model's weight files with: where a URL would need escapes, letters and a hash. */
function weightsStem(stem: string, { format }: Target): string {
  if (format !== 'tfjs' || /^[\w.~-]*$/.test(stem)) return stem;
  const hash = createHash('sha256').update(stem).digest('hex').slice(0, 8);
  return `${stem.replace(/[^\w.~-]/g, '_')}-${hash}`;
}

/** A directory has files of customary names; on disk they have that of the target. */
function underOwnName(counted: CountedFile, target: Target): CountedFile {
  const { main } = target;
  if (/^(model|tensor)\.\w+$/.test(main)) return counted;
  const stem = main.replace(/\.(json|safetensors|npz|npy|compact)$/i, '');
  const named = weightsStem(stem, target);
  const isIndex = counted.text !== null;
  const file = counted.file.replace(/^(model|tensor)(?=[.-])/, () => (isIndex ? stem : named));
  if (!isIndex) return { ...counted, file };
  const inIndex = JSON.stringify(named).slice(1, -1);
  const names = /"model(?=[^"\\]*(?:-of-\d{5}\.safetensors|\.weights-[^"\\]*\.bin)")/g;
  const bytes = Buffer.from(counted.text!.replaceAll(names, () => `"${inIndex}`));
  const params = { [constants.BROTLI_PARAM_QUALITY]: 5 };
  const compressed =
    counted.compressed &&
    ([gzipSync(bytes, { level: 6 }).length, brotliCompressSync(bytes, { params }).length] as const);
  return { file, bytes: bytes.length, compressed, text: bytes.toString() };
}

/** The sizes of all files by gzip and brotli, each file by itself or estimated. */
function compressedOf(files: readonly CountedFile[], sample: BlockSample | undefined): Compressed {
  if (sample) {
    const [gzip, brotli] = sample.estimate();
    return { gzip: gzip!, brotli: brotli!, exact: false };
  }
  const sum = (i: 0 | 1): number => files.reduce((so, { compressed }) => so + compressed![i]!, 0);
  return { gzip: sum(0), brotli: sum(1), exact: true };
}

/**
 * Writes a checkpoint nowhere: gives the files that a write would make, to the byte.
 *
 * @param exact - whether all bytes are compressed for the sizes by gzip and brotli; else they are estimated from blocks, of which
 *   there must be enough
 */
export async function dryRun(
  checkpoint: Checkpoint,
  target: Target,
  options: Parameters<typeof writeCheckpoint>[2] & object,
  exact: boolean,
): Promise<{ report: WriteReport; files: CountedFile[]; compressed: Compressed }> {
  const there = await readdir(target.folder).catch(() => []);
  const count = (): CompressedCount => new CompressedCount();
  const total = checkpoint.tensors.reduce((sum, { byteLength }) => sum + byteLength, 0);
  const sample = exact ? undefined : new BlockSample(total, count);
  const directory = new CountingDirectory({
    ...(sample ? { sample } : { count }),
    // What is there has a say in the names of the weight files.
    there: there.map((name) => (name === target.main ? name.replace(/^.*(?=\.)/, 'model') : name)),
  });
  const report = await writeCheckpoint(checkpoint, directory, options);
  const files = directory.files.map((file) => underOwnName(file, target));
  return { report, files, compressed: compressedOf(files, sample) };
}
