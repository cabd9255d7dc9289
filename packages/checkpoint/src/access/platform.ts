/// <reference types="node" />
import { CheckpointError } from '../checkpoint-error.ts';
import type { ByteSource } from './byte-source.ts';
import type { Sink } from './sink.ts';

// Node's modules are loaded when a path is opened, so that a page without a bundler can load this file.
const fs = () => import('node:fs/promises');
const paths = () => import('node:path');

const codeOf = (cause: unknown): string => (cause as NodeJS.ErrnoException).code ?? String(cause);

const unreadable = (file: string, cause: unknown): CheckpointError =>
  new CheckpointError(
    'a path must be a file that can be read',
    codeOf(cause),
    { check: 'unreadable', file },
    { cause },
  );

/** A file on disk, opened once; never read whole. */
export async function pathSource(path: string): Promise<ByteSource> {
  const file = await (await fs()).open(path, 'r').catch((cause) => {
    throw unreadable(path, cause);
  });
  const { size } = await file.stat();
  return {
    name: path,
    size,
    ahead: true,
    async read(begin, end, room) {
      const length = Math.max(0, end - begin);
      const bytes = room?.subarray(0, length) ?? new Uint8Array(length);
      for (let at = 0; at < bytes.length; ) {
        const { bytesRead } = await file.read(bytes, at, bytes.length - at, begin + at).catch((cause) => {
          throw unreadable(path, cause);
        });
        if (bytesRead === 0)
          throw new CheckpointError('a file must keep its length while it is read', `end at ${begin + at}`, {
            check: 'truncated',
            file: path,
            byte: begin + at,
          });
        at += bytesRead;
      }
      return bytes;
    },
    close: () => file.close(),
  };
}

/** Whether a path is a folder; false where there is nothing. */
export const isFolder = async (path: string): Promise<boolean> =>
  (await (await fs()).stat(path).catch(() => undefined))?.isDirectory() ?? false;

/** The path of a file beside another one. */
export async function beside(path: string, name: string): Promise<string> {
  const { dirname, join } = await paths();
  return join(dirname(path), name);
}

/** The path of a file in a folder. */
export const within = async (folder: string, name: string): Promise<string> => (await paths()).join(folder, name);

/** The path that a file: URL names. */
export const pathOfUrl = async (url: string): Promise<string> => (await import('node:url')).fileURLToPath(url);

/** A path as its folder and the file in it. */
export async function splitPath(path: string): Promise<{ folder: string; file: string }> {
  const { basename, dirname } = await paths();
  return { folder: dirname(path), file: basename(path) };
}

const unwritable = (path: string, cause: unknown): Error =>
  Object.assign(
    new Error(`writeCheckpoint: target must be one that can be written, got ${path} (${codeOf(cause)})`, { cause }),
    { code: codeOf(cause) },
  );

let made = 0;

/** A folder on disk. A file is written beside its place, flushed, and renamed. */
export async function pathSink(folder: string): Promise<Sink> {
  const { mkdir, open, rename, rm, stat } = await fs();
  const { dirname, join } = await paths();
  return {
    name: folder,
    has: async (file) => (await stat(join(folder, file)).catch(() => undefined)) !== undefined,
    async create(file) {
      const path = join(folder, file);
      const partial = `${path}.${process.pid}.${++made}.part`;
      const failed = (cause: unknown): never => {
        throw unwritable(path, cause);
      };
      await mkdir(dirname(path), { recursive: true }).catch(failed);
      const out = await open(partial, 'wx').catch(failed);
      const discard = async (): Promise<void> => {
        await out.close().catch(() => undefined);
        await rm(partial, { force: true });
      };
      return {
        async write(bytes) {
          for (let at = 0; at < bytes.length; ) at += (await out.write(bytes, at).catch(failed)).bytesWritten;
        },
        async commit() {
          try {
            await out.sync();
            await out.close();
            await rename(partial, path);
          } catch (cause) {
            await discard();
            failed(cause);
          }
        },
        discard,
      };
    },
    remove: (file) => rm(join(folder, file), { force: true }),
  };
}
