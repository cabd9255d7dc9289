import { join } from 'node:path';
import { type Checkpoint, openCheckpoint, type WriteReport, writeCheckpoint } from '@weightkit/checkpoint';
import { type Compressed, compressedSizes, EXACT_TO } from '../files/compressed.ts';
import { dryRun } from '../files/dry-run.ts';
import type { ModelFile } from '../files/model-files.ts';
import { newFolders } from '../files/new-folders.ts';
import type { Target } from '../files/target.ts';
import { type Certificate, certify } from './certify.ts';

/** What a write is to be. */
export interface WriteRequest {
  /** Files of the input. */
  readonly input: readonly ModelFile[];
  readonly target: Target;
  readonly shardBytes?: number | undefined;
  readonly force: boolean;
  readonly dryRun: boolean;
  /** Whether sizes by gzip and brotli are of all bytes, however many. */
  readonly sizes: boolean;
  readonly onProgress?: (tensor: string, done: number, total: number) => void;
  readonly signal: AbortSignal;
}

/** Bytes of the files of a model. */
export interface ModelSize {
  readonly bytes: number;
  /** Null where there are no files on this machine: the bytes are those of the weights alone. */
  readonly compressed: Compressed | null;
}

/** What was written, or would be. */
export interface Written {
  readonly output: string;
  readonly dryRun: boolean;
  readonly format: string;
  readonly files: readonly { readonly file: string; readonly bytes: number }[];
  readonly before: ModelSize;
  readonly after: ModelSize;
  readonly certificate: Certificate;
  /** Tensors that are stored in another form than in the input, with the same values. */
  readonly converted: WriteReport['converted'];
  /** What the format cannot hold beside the tensors. */
  readonly dropped: WriteReport['dropped'];
}

const total = (files: readonly { readonly bytes: number }[]): number =>
  files.reduce((sum, { bytes }) => sum + bytes, 0);

async function sizeOf(files: readonly ModelFile[], { sizes, signal }: WriteRequest): Promise<ModelSize> {
  return { bytes: total(files), compressed: await compressedSizes(files, { exact: sizes, signal }) };
}

/** The sizes of what came in; of an address those of its weights. */
async function inputSize(reference: Checkpoint, request: WriteRequest): Promise<ModelSize> {
  if (request.input.length > 0) return sizeOf(request.input, request);
  return { bytes: reference.tensors.reduce((sum, { byteLength }) => sum + byteLength, 0), compressed: null };
}

function optionsOf({ target, shardBytes, force, onProgress, signal }: WriteRequest) {
  return {
    format: target.format,
    ...(shardBytes === undefined ? {} : { shardBytes }),
    overwrite: force,
    onProgress: ({ tensor, bytes, total: all }: { tensor: string; bytes: number; total: number }) =>
      onProgress?.(tensor, bytes, all),
    signal,
  };
}

async function nowhere(reference: Checkpoint, made: Checkpoint, request: WriteRequest): Promise<Written> {
  const { target, sizes, signal } = request;
  const exact = sizes || made.tensors.reduce((sum, { byteLength }) => sum + byteLength, 0) <= EXACT_TO;
  const { report, files, compressed } = await dryRun(made, target, optionsOf(request), exact);
  return {
    output: target.output,
    dryRun: true,
    format: report.format,
    files: files.map(({ file, bytes }) => ({ file, bytes })),
    before: await inputSize(reference, request),
    after: { bytes: total(files), compressed },
    certificate: await certify(reference, made, signal),
    converted: report.converted,
    dropped: report.dropped,
  };
}

/**
 * Writes a checkpoint, opens what was written, and compares it with what it was made from.
 *
 * @param reference - what values are compared with, under the same names; borrowed
 * @param made - what is written; borrowed
 * @param request - see {@link WriteRequest}; the target has been checked
 */
export async function write(reference: Checkpoint, made: Checkpoint, request: WriteRequest): Promise<Written> {
  if (request.dryRun) return nowhere(reference, made, request);
  const { target, signal } = request;
  // Before anything is written: it may be what is replaced.
  const before = await inputSize(reference, request);
  const takeBack = await newFolders(target.folder);
  const report = await writeCheckpoint(made, target.output, optionsOf(request)).catch(async (error: unknown) => {
    await takeBack();
    throw error;
  });
  try {
    return await readAgain(reference, report, before, request);
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new UnreadError(target.output, { cause: error });
  }
}

/** What was written is whole, and was not read again, because that was stopped. */
export class UnreadError extends Error {
  override name = 'UnreadError';

  constructor(output: string, options: ErrorOptions) {
    super(`stopped when ${output} was written and whole, before it was read back`, options);
  }
}

async function readAgain(
  reference: Checkpoint,
  { format, files, converted, dropped }: WriteReport,
  before: ModelSize,
  request: WriteRequest,
): Promise<Written> {
  const { target, signal } = request;
  const written = files.map(({ file, bytes }) => ({ path: join(target.folder, file), bytes }));
  // The index is made last.
  const again = await openCheckpoint(written.at(-1)!.path, { signal });
  try {
    return {
      output: target.output,
      dryRun: false,
      format,
      files,
      before,
      after: await sizeOf(written, request),
      certificate: await certify(reference, again, signal),
      converted,
      dropped,
    };
  } finally {
    await again.close();
  }
}
