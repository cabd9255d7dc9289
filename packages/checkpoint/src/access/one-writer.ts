import type { Listing } from './remove-named.ts';
import { type Files, type IndexWrite, NameTaken, type Own, type Sink } from './sink.ts';

/** Names with digits that no other write has. */
async function own(index: string): Promise<Own> {
  const id = Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) => byte.toString(16).padStart(2, '0')).join(
    '',
  );
  return { id, weightsName: `${index.replace(/\.json$/, '')}.weights-${id}.bin` };
}

/** Files and what indexes are read by. */
export interface Listed {
  readonly name: string;
  readonly files: Files;
  readonly listing: Listing;
}

/** A Map or a directory handle, where there is one writer at a time. What takes files away is loaded where an index is there. */
export function oneWriter({ name, files, listing }: Listed): Sink {
  const textOf = (index: string): Promise<string> => listing.text(index).catch(() => '');
  const removal = () => import(/* webpackChunkName: "weightkit-remove-named" */ './remove-named.ts');
  return {
    ...files,
    name,
    own,
    removeIndex: async (index) => (await removal()).removeIndex(files, listing, index, await textOf(index)),
    async begin(index, text): Promise<IndexWrite> {
      const before = await textOf(index);
      const old = before === '' ? undefined : await removal();
      return {
        has: async () => false,
        async create(file) {
          if (await files.has(file)) throw new NameTaken('file', file);
          return files.create(file);
        },
        remove: files.remove,
        async finish(replace) {
          if (!replace && (await files.has(index))) throw new NameTaken('index', index);
          const out = await files.create(index);
          await out.write(new TextEncoder().encode(text));
          await out.commit();
          await old?.removeNamed(files, listing, index, before, text);
        },
        abort: async () => {},
      };
    },
  };
}
