import { appendFile, mkdtemp, open, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Checkpoint,
  type CheckpointTensor,
  mapCheckpoint,
  openCheckpoint as openAny,
  type WriteCheckpointOptions,
  writeCheckpoint,
} from '@weightkit/checkpoint';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const SIZES = [3000, 1, 700, 0, 2500, 900];

const opened: Checkpoint[] = [];
async function openCheckpoint(from: Parameters<typeof openAny>[0]): Promise<Checkpoint> {
  const checkpoint = await openAny(from);
  opened.push(checkpoint);
  return checkpoint;
}

let folder = '';
let source = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weightkit-resume-'));
  source = join(folder, 'source.safetensors');
  const weightSpecs = SIZES.map((size, i) => ({ name: `t${i}`, shape: [size], dtype: 'float32' }));
  const data = Float32Array.from({ length: SIZES.reduce((a, b) => a + b) }, (_, i) => Math.sin(i));
  await writeCheckpoint(await openCheckpoint({ weightSpecs, weightData: data.buffer }), source);
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((checkpoint) => checkpoint.close()));
  await rm(folder, { recursive: true, force: true });
});

/** The source through a transform that changes nothing and lists the tensors that are computed. */
async function listed(read: string[], identity = 'listed'): Promise<Checkpoint> {
  const note = (tensor: CheckpointTensor): CheckpointTensor => ({
    ...tensor,
    byteChunks: (size) => {
      read.push(tensor.name);
      return tensor.byteChunks(size);
    },
  });
  return mapCheckpoint(await openCheckpoint(source), note, { identity });
}

async function filesIn(path: string): Promise<Record<string, string>> {
  const names = await readdir(path);
  return Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, (await readFile(join(path, name))).toString('base64')])),
  );
}

/** A write that is aborted after some tensors. */
async function cutOff(target: string, after: number, options: WriteCheckpointOptions = {}): Promise<string[]> {
  const read: string[] = [];
  const checkpoint = await listed(read);
  const controller = new AbortController();
  let done = 0;
  const onProgress = (): void => {
    if (++done === after) controller.abort();
  };
  const write = writeCheckpoint(checkpoint, target, {
    ...options,
    resume: true,
    onProgress,
    signal: controller.signal,
  });
  await expect(write).rejects.toThrow('abort');
  return read;
}

const CASES: [target: string, options: WriteCheckpointOptions][] = [
  ['a.safetensors', {}],
  ['a.safetensors', { shardBytes: 10_000 }],
  ['model.json', { shardBytes: 4096 }],
  ['a.npz', {}],
  ['a.compact', {}],
];

describe('writeCheckpoint with resume', () => {
  it.each(CASES)(
    '%s %o: goes on after each tensor, and the files are those of a write in one go',
    async (file, options) => {
      const whole = join(folder, 'whole');
      const read: string[] = [];
      const checkpoint = await listed(read);
      const report = await writeCheckpoint(checkpoint, join(whole, file), options);
      for (let after = 1; after < SIZES.length; after++) {
        const target = join(folder, `cut-${after}`);
        const first = await cutOff(join(target, file), after, options);
        expect(await readdir(target)).toEqual([`${file}.resume`]);
        read.length = 0;
        const progress: number[] = [];
        const again = await writeCheckpoint(checkpoint, join(target, file), {
          ...options,
          resume: true,
          onProgress: ({ bytes, total }) => void progress.push(bytes / total),
        });
        expect(again).toEqual(report);
        expect(await filesIn(target)).toEqual(await filesIn(whole));
        // Only the tensor that was cut off, if any, is computed a second time.
        expect(first.filter((name) => read.includes(name)).length).toBeLessThanOrEqual(1);
        expect(progress.at(-1)).toBe(1);
      }
    },
  );

  it('replaces what is there only at the end', async () => {
    const target = join(folder, 'model.json');
    const checkpoint = await openCheckpoint(source);
    await writeCheckpoint(checkpoint, target);
    const before = await readFile(target, 'utf8');
    await cutOff(target, 3, { overwrite: true, shardBytes: 4096 });
    expect(await readFile(target, 'utf8')).toBe(before);
    await writeCheckpoint(await listed([]), target, { overwrite: true, shardBytes: 4096, resume: true });
    const written = await openCheckpoint(target);
    for (const [i, tensor] of written.tensors.entries())
      expect(await tensor.bytes()).toEqual(await checkpoint.tensors[i]!.bytes());
    expect((await readdir(folder)).filter((name) => /resume|group1-shard1of1\.bin/.test(name))).toEqual([]);
  });

  it('notices what was lost or changed of the parts, and a line of the journal that was cut off', async () => {
    const target = join(folder, 'a.safetensors');
    await writeCheckpoint(await openCheckpoint(source), target);
    const whole = await readFile(target);
    await rm(target);
    await cutOff(target, 4);
    const part = await open(join(`${target}.resume`, '0.part'), 'r+');
    // In the second tensor of the file, behind the header and the first.
    await part.write(Uint8Array.of(1, 2, 3), 0, 3, whole.length - 4 * 3500);
    await part.close();
    await appendFile(join(`${target}.resume`, 'journal'), '{"file":0,"pa');
    await writeCheckpoint(await listed([]), target, { resume: true });
    expect((await readFile(target)).equals(whole)).toBe(true);
  });

  it('refuses another source, transform, format or size of shards', async () => {
    const target = join(folder, 'model.json');
    await cutOff(target, 2);
    const rule = 'resume must go on with the source and the options that the write began with';
    const write = async (checkpoint: Checkpoint, options: WriteCheckpointOptions = {}) =>
      writeCheckpoint(checkpoint, target, { ...options, resume: true });
    await expect(write(await listed([], 'another'))).rejects.toThrow(rule);
    await expect(write(await listed([]), { shardBytes: 1000 })).rejects.toThrow(rule);
    await expect(write(await openCheckpoint(source))).rejects.toThrow(rule);
    await utimes(source, new Date(), new Date(Date.now() + 5000));
    await expect(write(await listed([]))).rejects.toThrow(rule);
    await rm(`${target}.resume`, { recursive: true });
    await expect(write(await listed([]))).resolves.toMatchObject({ format: 'tfjs' });
  });

  it('refuses a second write to one target at once, by name, and not one after a write that was killed', async () => {
    const target = join(folder, 'a.safetensors');
    const parts = `${target}.resume`;
    const marks = async () => (await readdir(parts)).filter((name) => name.startsWith('lock.'));
    const second: Promise<string>[] = [];
    let mark = '';
    const onProgress = async (): Promise<void> => {
      [mark = ''] = await marks();
      const again = writeCheckpoint(await listed([]), target, { resume: true, overwrite: true });
      second.push(again.then(String, (error: Error) => error.message));
      await second.at(-1);
    };
    const first = writeCheckpoint(await listed([]), target, { resume: true, onProgress });
    await expect(first).resolves.toMatchObject({ format: 'safetensors' });
    const rule = `writeCheckpoint: resume must wait for the write to the same target that goes on, got ${JSON.stringify(parts)}`;
    expect(await Promise.all(second)).toEqual(SIZES.map(() => rule));
    await rm(target);
    await cutOff(target, 2);
    expect(await marks()).toEqual([]);
    // Of a process that is gone: ids do not go up to this one.
    await writeFile(join(parts, mark.replace(/-\d+-/, '-4999999-')), '');
    await expect(writeCheckpoint(await listed([]), target, { resume: true })).resolves.toMatchObject({
      bytes: expect.any(Number),
    });
    expect(await readdir(folder)).toEqual(['a.safetensors', 'source.safetensors']);
  });

  it('is for paths and for checkpoints that can be told from others', async () => {
    const checkpoint = await openCheckpoint(source);
    await expect(writeCheckpoint(checkpoint, new Map(), { resume: true })).rejects.toThrow(
      'writeCheckpoint: resume must be left out where target is no path',
    );
    const mapped = mapCheckpoint(checkpoint, (tensor) => tensor);
    expect(mapped.identity).toBeUndefined();
    await expect(writeCheckpoint(mapped, join(folder, 'b.npz'), { resume: true })).rejects.toThrow(
      'writeCheckpoint: resume needs a checkpoint with an identity',
    );
    const bytes = await openCheckpoint(await readFile(source));
    expect(bytes.identity).toBeUndefined();
    await writeFile(join(folder, 'file'), '');
    await expect(writeCheckpoint(checkpoint, join(folder, 'file/a.safetensors'), { resume: true })).rejects.toThrow(
      /^writeCheckpoint: target must be/,
    );
  });
});
