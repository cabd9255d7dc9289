import type { Listed } from './one-writer.ts';
import type { Files, WritableDirectory } from './sink.ts';

/** A directory that the page was given; a file there changes when it is closed. */
export function directoryFiles(directory: WritableDirectory): Listed {
  const files: Files = {
    has: async (file) =>
      directory.getFileHandle(file).then(
        () => true,
        () => false,
      ),
    async create(file) {
      const handle = await directory.getFileHandle(file, { create: true });
      const stream = await handle.createWritable();
      return {
        write: (bytes) => stream.write(bytes),
        commit: () => stream.close(),
        discard: async () => {
          await stream.abort();
          await directory.removeEntry(file);
        },
      };
    },
    remove: (file) => directory.removeEntry(file),
  };
  const list = async (): Promise<string[]> => {
    const names: string[] = [];
    if (directory.keys) for await (const name of directory.keys()) names.push(name);
    return names;
  };
  const text = async (file: string): Promise<string> =>
    (await (await directory.getFileHandle(file)).getFile?.())?.text() ?? '';
  return { name: directory.name, files, listing: { list, text } };
}
