import type { ByteSource } from '../access/byte-source.ts';
import { checkFileName } from '../access/file-name.ts';
import type { OpenedFile } from '../access/opened-file.ts';
import type { Checkpoint, CheckpointTensor, Extras } from '../checkpoint.ts';
import { checkFile } from '../checkpoint-error.ts';

const MAX_SHARDS = 10_000;

/** What shards say beside their tensors, together: texts by key, and what the one of them says that has a model. */
function joined(all: readonly Extras[], file: string): Extras {
  const models = all.flatMap(({ modelJson }) => (modelJson ? [modelJson] : []));
  checkFile(models.length <= 1, 'one file of an index at most must have a model', models.length, {
    check: 'index',
    file,
  });
  const entries = new Map(all.flatMap((extras) => [...(extras.entries ?? [])]));
  return {
    ...(all.some(({ metadata }) => metadata) ? { metadata: Object.assign({}, ...all.map((one) => one.metadata)) } : {}),
    ...(models[0] ? { modelJson: models[0] } : {}),
    ...(entries.size > 0 ? { entries } : {}),
  };
}

/** How the tensors of an index are ordered: as the index names them, or as they lie in its files, one after the other by name. */
type Order = 'index' | 'files';

type Open = (source: ByteSource) => Promise<Checkpoint>;

/** Opens the shards of an index, `{"metadata": ..., "weight_map": {tensor: file}}`; what opens compact ones is loaded for these. */
export async function openIndex(
  opened: OpenedFile,
  value: unknown,
  onOpen: (source: ByteSource) => void,
  openSafetensors: Open,
): Promise<Checkpoint> {
  const { weight_map: weightMap } = Object(value) as Record<string, unknown>;
  checkFile(
    weightMap !== undefined,
    'JSON must have weightsManifest (model.json) or weight_map (an index of shards)',
    Object.keys(value ?? {}),
    { check: 'json', file: opened.source.name },
  );
  const names: unknown[] = Object.values(Object(weightMap));
  const compact = names.length > 0 && names.every((name) => /\.compact$/i.test(String(name)));
  if (!compact) return openShards(opened, weightMap, onOpen, openSafetensors, 'index');
  const { openCompact } = await import(/* webpackChunkName: "weightkit-open-compact" */ './compact/open-compact.ts');
  return openShards(opened, weightMap, onOpen, openCompact, 'files');
}

async function openShards(
  { source, sibling }: OpenedFile,
  weightMap: unknown,
  onOpen: (source: ByteSource) => void,
  open: Open,
  order: Order,
): Promise<Checkpoint> {
  const file = source.name;
  checkFile(
    typeof weightMap === 'object' && weightMap !== null && !Array.isArray(weightMap),
    'weight_map must be a file name for each tensor',
    weightMap,
    { check: 'index', file },
  );
  const named = Object.entries(weightMap);
  const names = [...new Set(named.map(([, name]) => name))];
  if (order === 'files') names.sort();
  checkFile(names.length <= MAX_SHARDS, `an index must name ${MAX_SHARDS} files at most`, names.length, {
    check: 'index',
    file,
  });
  const found = new Map<string, { tensor: CheckpointTensor; shard: string }>();
  const shards: Checkpoint[] = [];
  for (const name of names) {
    checkFileName(name, file);
    const shard = await sibling(name);
    onOpen(shard);
    const opened = await open(shard);
    shards.push(opened);
    for (const tensor of opened.tensors) {
      checkFile(!found.has(tensor.name), 'a tensor must stand in one shard', name, {
        check: 'index',
        file,
        tensor: tensor.name,
      });
      found.set(tensor.name, { tensor, shard: name });
    }
  }
  for (const [tensor, name] of named) {
    const there = found.get(tensor);
    checkFile(
      there !== undefined && there.shard === name,
      `a tensor must be in ${name}, as the index says`,
      there?.shard ?? 'none',
      { check: 'index', file, tensor },
    );
  }
  checkFile(named.length === found.size, 'the index must name every tensor of its files', found.size - named.length, {
    check: 'index',
    file,
  });
  return {
    format: shards[0]?.format ?? 'safetensors',
    tensors:
      order === 'files'
        ? [...found.values()].map(({ tensor }) => tensor)
        : named.map(([tensor]) => found.get(tensor)!.tensor),
    extras: joined(
      shards.map(({ extras }) => extras),
      file,
    ),
    close: async () => {
      await Promise.all([source, ...shards].map((one) => one.close()));
    },
  };
}
