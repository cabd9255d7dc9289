import { checkRange, checkType, isPlainObject } from '@weightkit/numerics/check';

/** Names of the source, or leading parts of them, and what stands there in the model. */
export type Rename = Readonly<Record<string, string>>;

/** Whether a name is one that is given, or goes on with a dot or a slash behind it. */
const begins = (name: string, part: string): boolean =>
  name === part || (name.startsWith(part) && /[./]/.test(name[part.length]!));

/**
 * The names that a source's tensors are looked for under.
 *
 * @param names - as they stand in the source
 * @param rename - of several that fit the longest counts
 * @throws TypeError or RangeError for anything else, and for an entry that no name begins with
 */
export function renamed(fn: string, names: readonly string[], rename: Rename = {}): string[] {
  checkType(isPlainObject(rename), `${fn}: rename must be an object of names`, rename);
  const parts = Object.keys(rename).sort((a, b) => b.length - a.length);
  for (const part of parts) {
    checkType(typeof rename[part] === 'string', `${fn}: rename must give ${part} a name`, rename[part]);
    checkRange(
      names.some((name) => begins(name, part)),
      `${fn}: rename must begin with names of the source`,
      part,
    );
  }
  return names.map((name) => {
    const part = parts.find((one) => begins(name, one));
    return part === undefined ? name : rename[part]! + name.slice(part.length);
  });
}
