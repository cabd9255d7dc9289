/**
 * A function that returns each path as it is the first time and with `_1`, `_2`, ... after it when it was handed out before:
 * names of layers may contain `/`, and a layer may keep several weights of one name.
 */
export function uniquePaths(): (path: string) => string {
  const taken = new Set<string>();
  return (path) => {
    let unique = path;
    for (let i = 1; taken.has(unique); i++) unique = `${path}_${i}`;
    taken.add(unique);
    return unique;
  };
}
