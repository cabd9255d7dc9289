/** The names of weight files that a parsed index has, each once, in its order. */
export function namesIn(index: unknown): string[] {
  const { weightsManifest, weight_map: map } = Object(index) as { weightsManifest?: unknown; weight_map?: unknown };
  const groups = Array.isArray(index) ? index : weightsManifest;
  const names = Array.isArray(groups)
    ? groups.flatMap((group) => (Object(group) as { paths?: unknown }).paths ?? [])
    : Object.values(Object(map) as object);
  return [...new Set(names.filter((name): name is string => typeof name === 'string'))];
}

/** The longest index that is read. */
export const MAX_INDEX = 256_000_000;

/** Whether a file's first sign is one of JSON's lists and objects. */
export const beginsAsJson = (beginning: string): boolean => /^(\ufeff)?\s*[[{]/.test(beginning);

/** The parsed index; undefined where the text is no JSON. */
export function indexIn(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\ufeff/, ''));
  } catch {
    return undefined;
  }
}
