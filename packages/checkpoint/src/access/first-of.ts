import { CheckpointError } from '../checkpoint-error.ts';
import type { ByteSource } from './byte-source.ts';

/** The files that a folder may be opened by, the first that is there. */
export const MAIN = [
  'model.json',
  'model.safetensors.index.json',
  'model.safetensors',
  'model.compact.index.json',
  'model.compact',
  'weights_manifest.json',
];

/** The file that a folder is opened by. */
export async function firstOf(open: (name: string) => Promise<ByteSource>, folder: string): Promise<ByteSource> {
  for (const name of MAIN) {
    const source = await open(name).catch(() => undefined);
    if (source) return source;
  }
  throw new CheckpointError(`a folder must hold one of ${MAIN.join(', ')}`, folder, {
    check: 'unreadable',
    file: folder,
  });
}
