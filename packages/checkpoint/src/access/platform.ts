/// <reference types="node" />
import { CheckpointError } from '../checkpoint-error.ts';
import type { ByteSource } from './byte-source.ts';
import type { OpenedFile } from './opened-file.ts';
import type { PathTarget, Sink, Wording } from './sink.ts';

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
async function pathSource(path: string): Promise<ByteSource> {
  const { open, stat } = await fs();
  const failed = (cause: unknown): never => {
    throw unreadable(path, cause);
  };
  // Before it is opened: a pipe waits for who writes into it.
  const kind = await stat(path).catch(failed);
  if (!kind.isFile())
    throw new CheckpointError('a path must be a file', kind.isFIFO() ? 'a pipe' : 'a folder or a device', {
      check: 'unreadable',
      file: path,
    });
  const file = await open(path, 'r').catch(failed);
  let isOpen = true;
  const { size, mtimeMs } = await file.stat();
  return {
    name: path,
    size,
    identity: `${size} ${mtimeMs}`,
    ahead: true,
    async read(begin, end, room) {
      const length = Math.max(0, end - begin);
      if (!isOpen)
        throw new CheckpointError('a checkpoint must be open while it is read', 'a closed one', {
          check: 'unreadable',
          file: path,
        });
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
    close: () => {
      isOpen = false;
      return file.close();
    },
  };
}

/** Whether a path is a folder; false where there is nothing. */
const isFolder = async (path: string): Promise<boolean> =>
  (await (await fs()).stat(path).catch(() => undefined))?.isDirectory() ?? false;

/** A file or folder on disk, by its path or a `file:` URL. */
export async function openPath(text: string): Promise<OpenedFile> {
  const { dirname, join } = await paths();
  const path = /^file:/i.test(text) ? (await import('node:url')).fileURLToPath(text) : text;
  const isFile = !(await isFolder(path));
  const folder = isFile ? dirname(path) : path;
  const sibling = (name: string): Promise<ByteSource> => pathSource(join(folder, name));
  const source = isFile ? pathSource(path) : (await import('./first-of.ts')).firstOf(sibling, path);
  return { source: await source, sibling };
}

/** A path as its folder and the file in it. */
export async function splitPath(path: string): Promise<{ folder: string; file: string }> {
  const { basename, dirname } = await paths();
  return { folder: dirname(path), file: basename(path) };
}

/** A folder on disk, to be written. */
export const pathSink = async (folder: string, wording: Wording): Promise<Sink> =>
  (await import('./path-sink.ts')).pathSink(folder, wording);

/** A path to write to, or the URL of a file. */
export const pathTarget = async (target: string | URL): Promise<PathTarget> =>
  (await import('./path-target.ts')).pathTarget(target);

/**
 * Makes a folder and those above it in Node, if they are not there. Not `mkdir` with `recursive`, which never comes back in
 * Node 20 where a folder cannot be made but its parent is there, as in `/proc`.
 *
 * @param fn - the function that asks, for the message
 * @param path - the folder
 * @throws Error as in `fileSystem: folder must be one that can be written, got out/model (ENOTDIR)`
 */
export const makeFolder = async (fn: string, path: string): Promise<void> =>
  (await import('./make-folder.ts')).makeFolder(fn, path);
