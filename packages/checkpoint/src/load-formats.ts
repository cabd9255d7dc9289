import { writing } from './write/write-checkpoint.ts';

/**
 * Loads all that is otherwise loaded when a file first needs it: other formats, what writes, what reads headers that are written in
 * unusual ways, what says of a file what is wrong with it. For pages that work with the network off; a program in Node or in one file
 * has it on its disk.
 *
 * @example
 * await loadFormats();
 * const checkpoint = await openCheckpoint({ weightSpecs: [], weightData: new ArrayBuffer(0) }); // asks for nothing more
 *
 * @returns when all is there
 * @throws what the engine throws for a module that cannot be loaded
 */
export async function loadFormats(): Promise<void> {
  await Promise.all([
    import('./access/directory-files.ts'),
    import('./access/open-several.ts'),
    import('./access/remove-named.ts'),
    import('./formats/compact/open-compact.ts'),
    import('./formats/gguf/open-gguf.ts'),
    import('./formats/npz/open-npz.ts'),
    import('./formats/open-index.ts'),
    import('./formats/open-other.ts'),
    import('./formats/safetensors/parsed-header.ts'),
    import('./formats/safetensors/wrong-header.ts'),
    import('./formats/strict-json.ts'),
    import('./formats/tfjs/open-artifacts.ts'),
    import('./formats/tfjs/tfjs-entry.ts'),
    import('./formats/tfjs/with-strings.ts'),
    import('./formats/tfjs/wrong-length.ts'),
    import('./plain-codec.ts'),
    import('./write/decoded.ts'),
    import('./write/encode-for.ts'),
    import('./write/plan-shards.ts'),
    import('./write/resumed.ts'),
    import('./write/write-others.ts'),
    writing(),
  ]);
}
