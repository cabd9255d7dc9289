const MOST_ITEMS = 8;
const MOST_DEEP = 3;
const LONGEST_TEXT = 60;
const LONGEST = 240;

const cut = (text: string, most: number): string => (text.length > most ? `${text.slice(0, most - 3)}...` : text);

const nameOf = (value: unknown): string => (typeof value === 'string' ? cut(value, LONGEST_TEXT) : '');

function showList(items: ArrayLike<unknown>, deep: number): string {
  if (deep === MOST_DEEP) return '[...]';
  const shown: string[] = [];
  for (let i = 0; i < items.length && i < MOST_ITEMS; i++) shown.push(showAny(items[i], deep + 1));
  return `[${shown.join(', ')}${items.length > MOST_ITEMS ? `, ... (${items.length} in all)` : ''}]`;
}

function showObject(value: object, deep: number): string {
  if (Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView)))
    return showList(value as ArrayLike<unknown>, deep);
  const given = value as { then?: unknown; isDisposed?: unknown; constructor?: { name?: unknown } | null };
  if (typeof given.then === 'function') return 'a promise (await it)';
  const name = nameOf(given.constructor?.name);
  if (name && name !== 'Object') return given.isDisposed === true ? `a disposed ${name}` : name;
  const keys = Object.keys(value).slice(0, MOST_ITEMS);
  return `{${keys.map((key) => cut(key, LONGEST_TEXT)).join(', ')}}`;
}

function showAny(value: unknown, deep: number): string {
  if (typeof value === 'string') return JSON.stringify(cut(value, LONGEST_TEXT));
  if (Object.is(value, -0)) return '-0';
  // The digits of a bigint take a time that grows with the square of their number.
  if (typeof value === 'bigint') return BigInt.asIntN(64, value) === value ? `${value}n` : 'a bigint beyond 64 bits';
  if (typeof value === 'function') return `function ${nameOf(value.name) || '(anonymous)'}`;
  if (typeof value === 'object' && value !== null) return showObject(value, deep);
  return cut(String(value), LONGEST_TEXT);
}

/**
 * A short text of any value for an error message: strings quoted, lists shortened, -0 and NaN as they are, a promise with the
 * advice to await it. At most 240 characters, in a time that does not grow with a list or a text, and it never throws: cyclic
 * values and objects that refuse to be read have a text too.
 */
export function show(value: unknown): string {
  try {
    return cut(showAny(value, 0), LONGEST);
  } catch {
    return 'an object that cannot be read';
  }
}
