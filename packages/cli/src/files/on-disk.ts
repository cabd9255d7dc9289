import { open, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { FileAccess } from './file-access.ts';
import { indexAt, mainFile } from './model-files.ts';

/** The files of a model on disk; undefined where there is none. */
export async function onDisk(source: string): Promise<FileAccess | undefined> {
  const path = await mainFile(source);
  if (path === undefined) return undefined;
  const pathOf = (name: string): string => join(dirname(path), name);
  return {
    main: basename(path),
    index: () => indexAt(path),
    size: (name) =>
      stat(pathOf(name)).then(
        ({ size }) => size,
        (error: NodeJS.ErrnoException) => error.code ?? 'unreadable',
      ),
    async beginning(name) {
      const file = await open(pathOf(name), 'r');
      try {
        const { bytesRead, buffer } = await file.read(Buffer.alloc(128), 0, 128, 0);
        return buffer.subarray(0, bytesRead);
      } finally {
        await file.close();
      }
    },
  };
}
