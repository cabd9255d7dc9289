import type { FileSource } from '@weightkit/checkpoint';
import type { FileAccess } from './command.ts';
import type { Picked } from './pick-model.ts';

/** The files of a model in a page, for what looks at them before it is opened. */
export function accessOf({ main, beside, index }: Picked): FileAccess {
  const fileOf = (name: string): File | undefined => (name === main.name ? main : beside.get(name));
  return {
    main: main.name,
    index: async () => index,
    size: async (name) => fileOf(name)?.size ?? 'ENOENT',
    beginning: async (name) => new Uint8Array(await fileOf(name)!.slice(0, 128).arrayBuffer()),
  };
}

/** Files of so many bytes in all are read at once: many small readings of a file take far longer. */
const IN_MEMORY = 64_000_000;

/** The files under the names that the index has for them, as `openCheckpoint` takes them. */
export async function sourceOf({ main, beside }: Picked): Promise<FileSource> {
  const all = new Map([[main.name, main], ...beside]);
  const total = [...all.values()].reduce((sum, { size }) => sum + size, 0);
  if (total <= IN_MEMORY) {
    const bytes = new Map<string, Uint8Array>();
    for (const [name, file] of all) bytes.set(name, new Uint8Array(await file.arrayBuffer()));
    return bytes;
  }
  for (const [name, file] of beside) Object.defineProperty(file, 'webkitRelativePath', { value: name });
  Object.defineProperty(main, 'webkitRelativePath', { value: main.name });
  return [main, ...new Set(beside.values())];
}
