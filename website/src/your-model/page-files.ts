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

/** The files under the names that the index has for them, as `openCheckpoint` takes them. */
export function namedFiles({ main, beside }: Picked): File[] {
  for (const [name, file] of beside) Object.defineProperty(file, 'webkitRelativePath', { value: name });
  Object.defineProperty(main, 'webkitRelativePath', { value: main.name });
  return [main, ...new Set(beside.values())];
}
