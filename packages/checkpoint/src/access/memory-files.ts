import type { Listed } from './one-writer.ts';
import { type Files, NameTaken } from './sink.ts';

/** Files as entries of a Map; they are put in when they are whole. */
export function memoryFiles(map: Map<string, Uint8Array>): Listed {
  const files: Files = {
    has: async (file) => map.has(file),
    async create(file, replace = true) {
      const parts: Uint8Array[] = [];
      return {
        write: async (bytes) => {
          // Not `slice`, which gives a view of a Buffer.
          parts.push(new Uint8Array(bytes));
        },
        commit: async () => {
          if (!replace && map.has(file)) throw new NameTaken('file', file);
          const out = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
          let at = 0;
          for (const part of parts) {
            out.set(part, at);
            at += part.length;
          }
          map.set(file, out);
        },
        discard: async () => {
          parts.length = 0;
        },
      };
    },
    remove: async (file) => {
      map.delete(file);
    },
  };
  const list = async (): Promise<string[]> => [...map.keys()];
  const text = async (file: string): Promise<string> => new TextDecoder().decode(map.get(file));
  return { name: 'Map', files, listing: { list, text } };
}
