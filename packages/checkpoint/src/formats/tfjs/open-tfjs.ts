import type { ByteSource } from '../../access/byte-source.ts';
import { checkFileName } from '../../access/file-name.ts';
import { joinedSource } from '../../access/joined-source.ts';
import type { OpenedFile } from '../../access/opened-file.ts';
import type { Checkpoint, Extras } from '../../checkpoint.ts';
import { checkFile } from '../../checkpoint-error.ts';
import { checkNames, restOf, tensorsIn } from './listed-weights.ts';
import type { TfjsEntry } from './plain-entry.ts';

const MAX_SHARDS = 10_000;

interface Group {
  paths: string[];
  entries: TfjsEntry[];
}

function groupOf(group: unknown, file: string, read: (weights: unknown[]) => TfjsEntry[]): Group {
  const { paths, weights } = (group ?? {}) as Record<string, unknown>;
  checkFile(Array.isArray(paths) && Array.isArray(weights), 'a group must have paths and weights', group, {
    check: 'manifest',
    file,
  });
  for (const path of paths) checkFileName(path, file);
  return { paths: paths as string[], entries: read(weights) };
}

/**
 * Opens the weights of a manifest, which lists groups of files and what lies in them.
 *
 * @param read - the weights of each group, where they have been read and the manifest is without
 */
export async function openManifest(
  { source, sibling }: OpenedFile,
  manifest: unknown,
  modelJson: Extras['modelJson'],
  onOpen: (source: ByteSource) => void,
  read?: TfjsEntry[][],
): Promise<Checkpoint> {
  const file = source.name;
  checkFile(Array.isArray(manifest), 'weightsManifest must be a list of groups', manifest, { check: 'manifest', file });
  // Most manifests are plain.
  const { tfjsEntry } = read
    ? { tfjsEntry: undefined }
    : await import(/* webpackChunkName: "weightkit-tfjs-entry" */ './tfjs-entry.ts');
  const groups = manifest.map((group, i) =>
    groupOf(group, file, (weights) => read?.[i] ?? weights.map((entry) => tfjsEntry!(entry, file))),
  );
  const entries = groups.flatMap((group) => group.entries);
  checkNames(entries, file);
  const paths = groups.flatMap((group) => group.paths);
  checkFile(paths.length <= MAX_SHARDS, `a manifest must name ${MAX_SHARDS} files at most`, paths.length, {
    check: 'manifest',
    file,
  });
  const shards: ByteSource[] = [];
  for (const path of paths) {
    const shard = await sibling(path);
    shards.push(shard);
    onOpen(shard);
  }
  const joined = joinedSource(shards, paths.length === 1 ? shards[0]!.name : `${file}'s weight files`);
  return {
    format: 'tfjs',
    tensors: await tensorsIn(joined, entries, shards, file),
    extras: {
      ...(modelJson ? { modelJson } : {}),
      ...restOf(entries),
      groups: groups.map((group) => group.entries.length),
    },
    close: async () => {
      await Promise.all([source.close(), joined.close()]);
    },
  };
}
