import { join, normalize, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkRange, checkType } from '@weightkit/numerics/check';

/** The path of a `file:` URL as tfjs-node reads it, `file://out/model` for `out/model`, with its percent escapes decoded. */
function ofFileUrl(fn: string, url: string): string {
  const rule = `${fn}: a file: URL must be file:// and a path, with %20 and the like for odd characters`;
  const path = /^file:\/\/([^?#]+)$/i.exec(url)?.[1];
  checkRange(path !== undefined && !/%(?![0-9a-f]{2})|%2f|%5c|%00/i.test(path), rule, url);
  try {
    // Three slashes, or localhost: a URL by the standard, with drive letters on Windows.
    if (/^(localhost)?\//i.test(path)) return fileURLToPath(`file://${path}`);
    return decodeURIComponent(path);
  } catch (error) {
    throw new RangeError(`${rule}, got ${JSON.stringify(url)}`, { cause: error });
  }
}

function ofText(fn: string, path: string): string {
  if (/^file:/i.test(path)) return ofFileUrl(fn, path);
  checkRange(
    !/^[a-z][a-z0-9+.-]+:\/\//i.test(path),
    `${fn}: path must be a folder of this machine (give other URLs to model.save and tf.loadLayersModel themselves)`,
    path,
  );
  return path;
}

/**
 * The JSON file that a path, a `file:` URL as tfjs-node takes it, or a `URL` names: itself when it ends in `.json`,
 * `model.json` in that folder else.
 *
 * @param fn - the function that asks, for the message
 * @param path - what its caller gave
 * @throws TypeError or RangeError for what names no file of this machine
 */
export function jsonPath(fn: string, path: unknown): string {
  checkType(
    (typeof path === 'string' && path.trim() !== '') || path instanceof URL,
    `${fn}: path must be a folder, or a JSON file in it`,
    path,
  );
  const local = ofText(fn, `${path}`);
  // `C:\\out` and `out\\model` would be odd names in one folder where the separator is another.
  checkRange(
    sep === '\\' || !/^[a-z]:[\\/]|\\/i.test(local),
    `${fn}: path must be one of this system, with / between folders`,
    local,
  );
  checkRange(!local.includes('\0'), `${fn}: path must have no NUL character`, local);
  return /\.json$/i.test(local) ? normalize(local) : join(local, 'model.json');
}
