import { checkRange } from '@weightkit/numerics/check';

// Stock TensorFlow.js writes every string of a configuration, keys too, in snake case and reads it in camel case. These are its
// two functions; what they do not bring back is another string, or another class, in the loaded model.
const snake = (text: string): string => {
  const words = text
    .replace(/(.)([A-Z][a-z0-9]+)/g, '$1_$2')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase();
  return words.startsWith('_') ? `private${words}` : words;
};
const camel = (text: string): string =>
  text.length <= 1 ? text : text.replace(/_+(\w|$)/g, (_, next: string) => next.toUpperCase());

/** How stock writes an option's name. */
export const snakeKey = snake;

const NAMES = new Set(['inboundNodes', 'inputLayers', 'outputLayers']);

/**
 * Throws unless stock TensorFlow.js reads a configuration as it is.
 *
 * @param fn - the function that asks
 * @param config - what `getConfig` of a model or layer gives
 */
export function checkConfig(fn: string, config: unknown): void {
  const check = (ok: boolean, key: string, layer: string, reads: unknown, got: unknown) =>
    checkRange(
      ok,
      `${fn}: ${key} of ${layer} must be what stock TensorFlow.js can load from a file, where it would read ${
        typeof reads === 'string' ? JSON.stringify(reads) : reads
      }`,
      got,
    );
  const walk = (value: unknown, key: string, layer: string, index: number): void => {
    if (typeof value === 'number') check(Number.isFinite(value), key, layer, null, value);
    if (typeof value === 'string') {
      // Names stay as they are. A class's name does where it is written, and is changed where it is read.
      if (key === 'name' || (NAMES.has(key) && index === 0)) return;
      const reads = camel(key === 'className' ? value : snake(value));
      check(reads === value, key, layer, reads, value);
    }
    const isData = value === null || typeof value !== 'object' || Array.isArray(value) || !ArrayBuffer.isView(value);
    check(isData && typeof value !== 'function' && typeof value !== 'bigint', key, layer, 'another object', value);
    if (typeof value !== 'object' || value === null) return;
    if (Array.isArray(value)) {
      for (const [i, item] of value.entries()) walk(item, key, layer, i);
      return;
    }
    const entries = Object.entries(value);
    const { className, config: inner } = value as { className?: unknown; config?: { name?: unknown } };
    // These are written as Zeros.
    if (/Initializer$/.test(key) && /^Weightkit/.test(`${className}`)) return;
    const of = typeof inner?.name === 'string' ? inner.name : layer;
    for (const [name, item] of entries) {
      check(camel(snake(name)) === name, 'the option', of, camel(snake(name)), name);
      walk(item, name, of, -1);
    }
  };
  walk(config, 'config', 'model', -1);
}
