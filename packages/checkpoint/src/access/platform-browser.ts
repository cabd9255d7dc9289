import { CheckpointError } from '../checkpoint-error.ts';
import type { ByteSource } from './byte-source.ts';
import type { Sink, Wording } from './sink.ts';
import type { Staging } from './staging.ts';

/** Pages have no paths: a string is a URL there. */
export async function pathSource(path: string): Promise<ByteSource> {
  throw new CheckpointError('a path can be opened in Node only; in a page give a URL, a File or bytes', path, {
    check: 'unreadable',
  });
}

/** Never, in a page. */
export const isFolder = async (_path: string): Promise<boolean> => false;

/** As in Node, for URLs without a scheme. */
export const beside = async (path: string, name: string): Promise<string> =>
  path.slice(0, path.lastIndexOf('/') + 1) + name;

/** As in Node. */
export const within = async (folder: string, name: string): Promise<string> => `${folder}/${name}`;

/** As it is: it is refused when it is opened. */
export const pathOfUrl = async (url: string): Promise<string> => url;

/** As in Node. */
export const splitPath = async (path: string): Promise<{ folder: string; file: string }> => ({
  folder: path.slice(0, path.lastIndexOf('/') + 1),
  file: path.slice(path.lastIndexOf('/') + 1),
});

/** Pages have no paths. */
export async function pathSink(folder: string, { fn }: Wording): Promise<Sink> {
  throw new Error(`${fn}: target must be a Map or a directory handle in a page, got ${folder}`);
}

/** Pages have no paths. */
export async function openStaging(folder: string, { fn }: Wording): Promise<Staging> {
  throw new Error(`${fn}: resume must be false in a page, got true for ${folder}`);
}

/** Pages have no paths. */
export async function makeFolder(fn: string, path: string): Promise<void> {
  throw new Error(`${fn}: folder must be one of Node, got ${path} in a page`);
}
