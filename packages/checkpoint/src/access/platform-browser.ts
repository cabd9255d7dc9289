import { CheckpointError } from '../checkpoint-error.ts';
import type { OpenedFile } from './opened-file.ts';
import type { PathTarget, Sink, Wording } from './sink.ts';

/** Pages have no paths: a string is a URL there. */
export async function openPath(path: string): Promise<OpenedFile> {
  throw new CheckpointError('a path can be opened in Node only; in a page give a URL, a File or bytes', path, {
    check: 'unreadable',
  });
}

/** As in Node. */
export const splitPath = async (path: string): Promise<{ folder: string; file: string }> => ({
  folder: path.slice(0, path.lastIndexOf('/') + 1),
  file: path.slice(path.lastIndexOf('/') + 1),
});

/** Pages have no paths. */
export async function pathTarget(target: string | URL): Promise<PathTarget> {
  throw new Error(`writeCheckpoint: target must be a Map or a directory handle in a page, got ${target}`);
}

/** Pages have no paths. */
export async function pathSink(folder: string, { fn }: Wording): Promise<Sink> {
  throw new Error(`${fn}: target must be a Map or a directory handle in a page, got ${folder}`);
}

/** Pages have no paths. */
export async function makeFolder(fn: string, path: string): Promise<void> {
  throw new Error(`${fn}: folder must be one of Node, got ${path} in a page`);
}
