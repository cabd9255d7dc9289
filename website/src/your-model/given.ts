/** A file that was dropped or chosen, with the folders that it was in. */
export interface Given {
  /** `model/weights/a.bin`; the name alone where it was given without a folder. */
  readonly path: string;
  readonly file: File;
}

/** More files are not looked at: a whole disk was dropped. */
export const MOST_FILES = 2000;

/** What was dropped is too much. */
export class TooManyFiles extends Error {}

const tooMany = (): never => {
  throw new TooManyFiles(
    `There are more than ${MOST_FILES.toLocaleString('en-US')} files in it: drop the folder of one model.`,
  );
};

async function entriesIn(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader();
  const all: FileSystemEntry[] = [];
  for (;;) {
    // A hundred at a time, none when all have come.
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) return all;
    all.push(...some);
    if (all.length > MOST_FILES) tooMany();
  }
}

async function walk(entry: FileSystemEntry, found: Given[]): Promise<void> {
  if (found.length > MOST_FILES) tooMany();
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject));
    found.push({ path: entry.fullPath.replace(/^\//, ''), file });
    return;
  }
  for (const inner of await entriesIn(entry as FileSystemDirectoryEntry)) await walk(inner, found);
}

/** The files of a list of an input, which knows their folders. */
export function chosenFiles(list: ArrayLike<File>): Given[] {
  const all = Array.from(list, (file) => ({ path: file.webkitRelativePath || file.name, file }));
  return all.length > MOST_FILES ? tooMany() : all;
}

/**
 * The files of what was dropped, those in folders too.
 *
 * @param data - of the event, which lends it until its handler returns: all of it is asked for before the first wait
 */
export async function droppedFiles(data: DataTransfer): Promise<Given[]> {
  const items = [...data.items].filter(({ kind }) => kind === 'file');
  const entries = items.map((item) => ({ entry: item.webkitGetAsEntry?.() ?? null, file: item.getAsFile() }));
  const found: Given[] = [];
  for (const { entry, file } of entries)
    if (entry) await walk(entry, found);
    else if (file) found.push({ path: file.name, file });
  return found;
}
