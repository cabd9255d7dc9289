import { checkRange } from '@weightkit/numerics/check';
import { crc32 } from '../access/crc32.ts';
import type { PartFile, Staging } from '../access/part-file.ts';
import type { FilePart, FilePlan } from '../formats/file-plan.ts';
import type { Progress, Staged, TensorStream, writePart } from './drain.ts';
import type { WriteCheckpointOptions } from './write-options.ts';

// The journal's first line says what is written. A line for each tensor, or part of one, follows when its bytes are in a file, with
// their checksum: what a crash of the machine has lost is noticed.

interface Line {
  file: number;
  part: number;
  crc: number;
}

const PIECE = 1 << 20;

/** What writes a part of a file. */
export interface Writer {
  readonly stream: TensorStream;
  readonly writePart: typeof writePart;
}

type TensorPart = Extract<FilePart, { tensor: unknown }>;

const lengthOf = (part: TensorPart): number => (part.end ?? part.tensor.byteLength) - (part.begin ?? 0);

const describe = (part: FilePart): unknown => {
  if ('bytes' in part) return [part.bytes.length, crc32(part.bytes)];
  return 'make' in part ? 'made' : [part.tensor.name, part.begin ?? 0, lengthOf(part)];
};

/** What is to be written: another source, transform, order or format has another text. */
function headOf(plans: readonly FilePlan[], index: string, identity: string): string {
  const all = new TextEncoder().encode(JSON.stringify([plans.map(({ parts }) => parts.map(describe)), index]));
  return JSON.stringify({ identity, files: plans.length, plan: crc32(all) });
}

/** The bytes of a part file in pieces, each in the place of the one before. */
async function* bytesIn(file: PartFile, begin: number, end: number): AsyncGenerator<Uint8Array> {
  const room = new Uint8Array(Math.min(PIECE, end - begin));
  for (let at = begin; at < end; at += PIECE) {
    const bytes = room.subarray(0, Math.min(PIECE, end - at));
    await file.read(at, bytes);
    yield bytes;
  }
}

async function crcOf(file: PartFile, begin: number, end: number): Promise<number> {
  let crc = 0;
  for await (const bytes of bytesIn(file, begin, end)) crc = crc32(bytes, crc);
  return crc;
}

interface Writing extends Writer {
  readonly staging: Staging;
  /** Checksums by file and part. */
  readonly noted: ReadonlyMap<string, number>;
  readonly progress: Progress;
  readonly options: WriteCheckpointOptions;
}

/** Takes a tensor, or a part of one, for written. */
async function passOver(part: TensorPart, out: PartFile, at: number, { progress, options }: Writing): Promise<void> {
  const { tensor, end = tensor.byteLength, onBytes } = part;
  const length = lengthOf(part);
  if (onBytes) for await (const bytes of bytesIn(out, at, at + length)) onBytes(bytes);
  progress.bytes += length;
  if (end === tensor.byteLength)
    await options.onProgress?.({ bytes: progress.bytes, total: progress.total, tensor: tensor.name });
}

/** Writes what a file lacks; gives its length. */
async function complete(out: PartFile, i: number, { parts }: FilePlan, writing: Writing): Promise<number> {
  const { staging, noted, stream, writePart, progress, options } = writing;
  let at = 0;
  let there = true;
  for (const [j, given] of parts.entries()) {
    options.signal?.throwIfAborted();
    const part = 'make' in given ? { bytes: given.make() } : given;
    const isTensor = 'tensor' in part;
    const end = at + (isTensor ? lengthOf(part) : part.bytes.length);
    const crc = isTensor ? noted.get(`${i} ${j}`) : crc32(part.bytes);
    there &&= crc !== undefined && end <= out.length && (await crcOf(out, at, end)) === crc;
    if (there) {
      if (isTensor) await passOver(part, out, at, writing);
    } else {
      await out.cut(at);
      let fresh = 0;
      const write = async (bytes: Uint8Array): Promise<void> => {
        fresh = crc32(bytes, fresh);
        await out.write(bytes);
      };
      await writePart({ write }, part, stream, progress, options);
      if (isTensor) await staging.note(JSON.stringify({ file: i, part: j, crc: fresh } satisfies Line));
    }
    at = end;
  }
  await out.cut(at);
  return at;
}

/** What a write begins from. */
export interface StageStart extends Writer {
  readonly staging: Staging;
  /** Tells the checkpoint from others. */
  readonly identity: string;
  /** What will be in the index beside files; '' where there is none. */
  readonly index: string;
}

/** Writes all files without their names, from where an earlier write was cut off; when it is cut off, what is there stays. */
export async function stage(
  plans: readonly FilePlan[],
  { staging, identity, index, stream, writePart }: StageStart,
  total: number,
  options: WriteCheckpointOptions,
): Promise<Staged> {
  const head = headOf(plans, index, identity);
  const [begun, ...lines] = staging.lines;
  checkRange(
    begun === undefined || begun === head,
    `writeCheckpoint: resume must go on with the source and the options that the write began with (or take ${staging.path(0).replace(/[^/\\]*$/, '')} away)`,
    'others',
  );
  if (begun === undefined) await staging.note(head);
  const noted = new Map<string, number>();
  for (const line of lines) {
    const { file, part, crc } = JSON.parse(line) as Line;
    noted.set(`${file} ${part}`, crc);
  }
  const writing: Writing = { staging, noted, stream, writePart, progress: { bytes: 0, total }, options };
  const bytes: number[] = [];
  try {
    for (const [i, plan] of plans.entries()) {
      const out = await staging.part(i);
      try {
        bytes.push(await complete(out, i, plan, writing));
        await out.sync();
      } finally {
        await out.close();
      }
    }
  } finally {
    await stream.stop().catch(() => undefined);
  }
  return { path: staging.path, bytes };
}
