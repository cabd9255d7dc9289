/// <reference types="node" />
import { constants, copyFile, link, open, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isStandard, namedIn } from './index-names.ts';
import { makeFolder } from './make-folder.ts';
import { namedFiles, type SaveFiles, saveFiles, sweep, sweepFile } from './own-files.ts';
import { type IndexWrite, NameTaken, type OutFile, type Sink, type Wording } from './sink.ts';

const codeOf = (cause: unknown): string => (cause as NodeJS.ErrnoException).code ?? String(cause);

/** Waits until the names in a folder are on the disk, where the system can. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => undefined);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}

/**
 * A folder on disk. A file for itself is written beside its place, flushed, and renamed. An index and the files that it names are
 * written so that at every moment the index is whole and so is what it names, the earlier or the new: see decision 10.
 *
 * @param folder - made when something is written
 * @param wording - how errors are worded
 */
export function pathSink(folder: string, wording: Wording): Sink {
  const { fn, what, unwritable } = wording;
  const faultAt =
    (path: string) =>
    (cause: unknown): never => {
      const code = codeOf(cause);
      throw Object.assign(new Error(unwritable(path, code), { cause }), { code });
    };

  /** A new file at a path, which is renamed to another when it is done. */
  async function newFile(path: string, to = path, replace = true): Promise<OutFile> {
    const failed = faultAt(to);
    const out = await open(path, 'wx').catch((cause) => {
      if (codeOf(cause) === 'EEXIST') throw new NameTaken('file', path);
      return failed(cause);
    });
    const discard = async (): Promise<void> => {
      await out.close().catch(() => undefined);
      await rm(path, { force: true });
    };
    return {
      async write(bytes) {
        for (let at = 0; at < bytes.length; ) at += (await out.write(bytes, at).catch(failed)).bytesWritten;
      },
      async commit() {
        try {
          await out.sync();
          await out.close();
          if (!replace) await nameNew(path, to, 'file');
          else if (to !== path) await rename(path, to);
        } catch (cause) {
          await discard();
          if (cause instanceof NameTaken) throw cause;
          failed(cause);
        }
      },
      discard,
    };
  }

  async function writeNew(path: string, text: string): Promise<void> {
    const file = await newFile(path);
    try {
      await file.write(new TextEncoder().encode(text));
    } catch (error) {
      await file.discard();
      throw error;
    }
    await file.commit();
  }

  /** Gives a file the name of one that must not be there. */
  async function nameNew(from: string, to: string, kind: NameTaken['kind'] = 'index'): Promise<void> {
    try {
      await link(from, to);
    } catch (cause) {
      if (codeOf(cause) === 'EEXIST') throw new NameTaken(kind, to);
      // A file system without links: here another write may come in between.
      if (await stat(to).catch(() => undefined)) throw new NameTaken(kind, to);
      await rename(from, to).catch(faultAt(to));
      return;
    }
    await rm(from, { force: true });
  }

  /** A second name for a file, in place of what has it; a copy where the file system has one name for each. */
  async function alias(from: string, to: string): Promise<void> {
    await link(from, to).catch((cause) => {
      if (codeOf(cause) === 'EEXIST') throw new NameTaken('file', to);
      return copyFile(from, to, constants.COPYFILE_EXCL).catch(faultAt(to));
    });
  }

  /**
   * A file that names those that are to be deleted, like a write's that was killed: if this one is, the next finds there what no
   * index names any more. Names with an id in them need none.
   */
  async function markFor(path: string, named: readonly string[]): Promise<SaveFiles | undefined> {
    const paths = [...new Set(named)].filter(isStandard);
    if (paths.length === 0) return undefined;
    const mark = await saveFiles(path);
    await writeNew(mark.pending, JSON.stringify({ weightsManifest: [{ paths, weights: [] }] }));
    return mark;
  }

  const remove = (file: string): Promise<void> => rm(join(folder, file), { force: true });
  return {
    name: folder,
    staging: async (name) => (await import('./staging.ts')).openStaging(join(folder, name), wording),
    has: async (file) => (await stat(join(folder, file)).catch(() => undefined)) !== undefined,
    async create(file, replace) {
      const path = join(folder, file);
      await makeFolder(fn, dirname(path), what);
      const { pending } = await saveFiles(path);
      const out = await newFile(pending, path, replace);
      const commit = async (): Promise<void> => {
        await out.commit();
        // It is written; what cannot be deleted now, a later write deletes.
        await sweepFile(path).catch(() => undefined);
      };
      return { ...out, commit };
    },
    remove,
    async adopt(from, file, replace = true) {
      const path = join(folder, file);
      const { pending: partial } = await saveFiles(path);
      await makeFolder(fn, dirname(path), what);
      await alias(from, partial);
      await (replace ? rename(partial, path) : nameNew(partial, path, 'file')).catch(async (cause) => {
        await rm(partial, { force: true });
        if (cause instanceof NameTaken) throw cause;
        faultAt(path)(cause);
      });
    },
    async own(index) {
      const { id, weightsName } = await saveFiles(join(folder, index));
      return { id, weightsName };
    },
    async removeIndex(index) {
      const path = join(folder, index);
      const named = await namedFiles(path);
      const mark = await markFor(path, named);
      try {
        await rm(path, { force: true });
        await syncFolder(folder);
        await sweep(path, named, mark?.id).catch(() => undefined);
      } finally {
        if (mark) await rm(mark.pending, { force: true }).catch(() => undefined);
      }
    },
    async begin(index, text, { id }): Promise<IndexWrite> {
      const path = join(folder, index);
      await makeFolder(fn, folder, what);
      if ((await stat(path).catch(() => undefined))?.isDirectory())
        throw new Error(`${fn}: ${path} must be a file or free, got a folder`);
      const before = await namedFiles(path);
      const { pending } = await saveFiles(path, id);
      await writeNew(pending, text);
      return {
        has: async () => false,
        create: (file) => newFile(join(folder, file)),
        remove,
        adopt: (from, file) => alias(from, join(folder, file)),
        async finish(replace) {
          await syncFolder(folder);
          // Another write may have ended since this one began, and another may end before this one cleans up.
          const named = [...before, ...(await namedFiles(path))];
          const mark = await markFor(path, named);
          try {
            if (replace) await rename(pending, path).catch(faultAt(path));
            else await nameNew(pending, path);
            await syncFolder(folder);
            // It is written; what cannot be deleted now, a later write deletes.
            await sweep(path, [...named, ...namedIn(text)], mark?.id).catch(() => undefined);
          } finally {
            if (mark) await rm(mark.pending, { force: true }).catch(() => undefined);
          }
        },
        abort: () => rm(pending, { force: true }).catch(() => undefined),
      };
    },
  };
}
