/// <reference types="node" />
import { appendFile, constants, open, readFile, rm, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { checkRange } from '@weightkit/numerics/check';
import { makeFolder } from './make-folder.ts';
import { markAlone } from './own-files.ts';
import type { Staging } from './part-file.ts';
import type { Wording } from './sink.ts';

/** Opens a folder of files that are written by one process and, after that has ended early, by another; or makes it. */
export async function openStaging(folder: string, { fn, what, unwritable }: Wording): Promise<Staging> {
  const journal = join(folder, 'journal');
  const pathOf = (i: number): string => join(folder, `${i}.part`);
  const faultAt =
    (path: string) =>
    (cause: unknown): never => {
      const code = (cause as NodeJS.ErrnoException).code ?? String(cause);
      throw Object.assign(new Error(unwritable(path, code), { cause }), { code });
    };
  await makeFolder(fn, folder, what);
  const leave = await markAlone(join(folder, 'lock')).catch(faultAt(folder));
  checkRange(leave !== undefined, `${fn}: resume must wait for the write to the same target that goes on`, folder);
  const text = await readFile(journal, 'utf8').catch(() => '');
  // What was cut off in the middle of a line would begin the next one.
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  if (whole !== text)
    await truncate(journal, Buffer.byteLength(whole)).catch(async (cause) => {
      await leave();
      faultAt(journal)(cause);
    });
  return {
    lines: whole.split('\n').slice(0, -1),
    note: (line) => appendFile(journal, `${line}\n`).catch(faultAt(journal)),
    path: pathOf,
    remove: () => rm(folder, { recursive: true, force: true }),
    leave,
    async part(i) {
      const path = pathOf(i);
      const failed = faultAt(path);
      const file = await open(path, constants.O_RDWR | constants.O_CREAT).catch(failed);
      let at = 0;
      return {
        length: (await file.stat()).size,
        async read(begin, room) {
          for (let from = 0; from < room.length; ) {
            const { bytesRead } = await file.read(room, from, room.length - from, begin + from).catch(failed);
            if (bytesRead === 0) failed('end of file');
            from += bytesRead;
          }
        },
        async cut(length) {
          await file.truncate(length).catch(failed);
          at = length;
        },
        async write(bytes) {
          for (let from = 0; from < bytes.length; ) {
            const { bytesWritten } = await file.write(bytes, from, bytes.length - from, at).catch(failed);
            from += bytesWritten;
            at += bytesWritten;
          }
        },
        sync: () => file.sync().catch(failed),
        close: () => file.close(),
      };
    },
  };
}
