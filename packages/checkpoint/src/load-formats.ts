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
    import(/* webpackChunkName: "weightkit-directory-files" */ './access/directory-files.ts'),
    import(/* webpackChunkName: "weightkit-open-several" */ './access/open-several.ts'),
    import(/* webpackChunkName: "weightkit-remove-named" */ './access/remove-named.ts'),
    import(/* webpackChunkName: "weightkit-open-compact" */ './formats/compact/open-compact.ts'),
    import(/* webpackChunkName: "weightkit-open-gguf" */ './formats/gguf/open-gguf.ts'),
    import(/* webpackChunkName: "weightkit-open-npz" */ './formats/npz/open-npz.ts'),
    import(/* webpackChunkName: "weightkit-open-index" */ './formats/open-index.ts'),
    import(/* webpackChunkName: "weightkit-open-other" */ './formats/open-other.ts'),
    import(/* webpackChunkName: "weightkit-parsed-header" */ './formats/safetensors/parsed-header.ts'),
    import(/* webpackChunkName: "weightkit-wrong-header" */ './formats/safetensors/wrong-header.ts'),
    import(/* webpackChunkName: "weightkit-strict-json" */ './formats/strict-json.ts'),
    import(/* webpackChunkName: "weightkit-open-artifacts" */ './formats/tfjs/open-artifacts.ts'),
    import(/* webpackChunkName: "weightkit-tfjs-entry" */ './formats/tfjs/tfjs-entry.ts'),
    import(/* webpackChunkName: "weightkit-with-strings" */ './formats/tfjs/with-strings.ts'),
    import(/* webpackChunkName: "weightkit-wrong-length" */ './formats/tfjs/wrong-length.ts'),
    import(/* webpackChunkName: "weightkit-plain-codec" */ './plain-codec.ts'),
    import(/* webpackChunkName: "weightkit-decoded" */ './write/decoded.ts'),
    import(/* webpackChunkName: "weightkit-encode-for" */ './write/encode-for.ts'),
    import(/* webpackChunkName: "weightkit-plan-shards" */ './write/plan-shards.ts'),
    import(/* webpackChunkName: "weightkit-resumed" */ './write/resumed.ts'),
    import(/* webpackChunkName: "weightkit-write-others" */ './write/write-others.ts'),
    writing(),
  ]);
}
