/** Names that stock TensorFlow.js, the converters and earlier versions of these packages give to weight files. */
const STANDARD =
  /^(weights(\.\d+)?\.bin|.*\.weights\.bin|group\d+-shard\d+of\d+(\.\d+)?(\.bin)?|.*-\d{5}-of-\d{5}\.(safetensors|compact))$/;

/** Whether a weight file has a name that programs give. */
export const isStandard = (file: string): boolean => STANDARD.test(file);

/** A path without `.` and double slashes. */
const plain = (path: string): string => path.replace(/^(\.?\/)+/, '').replace(/\/(\.?\/)+/g, '/');

/** The files that an index names: a model.json, or the index of shards; none where it is neither. */
export function namedIn(text: string): string[] {
  try {
    const { weightsManifest, weight_map: weightMap } = JSON.parse(text);
    const names: string[] = weightsManifest
      ? weightsManifest.flatMap(({ paths }: { paths: string[] }) => paths)
      : Object.values(weightMap);
    return [...new Set(names.map(plain))];
  } catch {
    return [];
  }
}

/**
 * Whether one of some JSON files has a name in it.
 *
 * @param text - reads one; one that cannot be read may need the name
 */
export async function isReferenced(
  name: string,
  jsons: readonly string[],
  text: (json: string) => Promise<string>,
): Promise<boolean> {
  const encoded = JSON.stringify(name).slice(1, -1);
  for (const json of jsons) if ((await text(json).catch(() => encoded)).includes(encoded)) return true;
  return false;
}
