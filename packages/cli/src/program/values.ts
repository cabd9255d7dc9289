import { InvalidArgumentError } from 'commander';
import type { Shard } from '../files/select.ts';

const UNITS: Readonly<Record<string, number>> = {
  b: 1,
  k: 1e3,
  kb: 1e3,
  kib: 2 ** 10,
  m: 1e6,
  mb: 1e6,
  mib: 2 ** 20,
  g: 1e9,
  gb: 1e9,
  gib: 2 ** 30,
};

/** Bytes as people write them: `4mib`, `512mb`, `5e9`. */
export function bytesOption(value: string): number {
  const [, count, unit = 'b'] = /^(\d+(?:\.\d+)?(?:e\d+)?)\s*([kmg]?i?b|[kmg])?$/i.exec(value.trim()) ?? [];
  const bytes = Number(count) * (UNITS[unit.toLowerCase()] ?? Number.NaN);
  if (!Number.isInteger(bytes) || bytes < 1)
    throw new InvalidArgumentError('It must be bytes, as 4mib, 512mb or 1000000.');
  return bytes;
}

/** A part of n: `2/4`. */
export function shardOption(value: string): Shard {
  const [, part, of] = /^(\d+)\/(\d+)$/.exec(value) ?? [];
  const shard = { part: Number(part), of: Number(of) };
  if (!(shard.part >= 1 && shard.part <= shard.of))
    throw new InvalidArgumentError('It must be i/n with 1 <= i <= n, as 2/4.');
  return shard;
}

/** A number, 0 or more. */
export function numberOption(value: string): number {
  const number = value.trim() === '' ? Number.NaN : Number(value);
  if (!(number >= 0)) throw new InvalidArgumentError('It must be a number, 0 or more.');
  return number;
}

/** How many, or a file. */
export function probesOption(value: string): string | number {
  if (!/^\d+$/.test(value)) return value;
  const count = Number(value);
  if (!(count >= 1 && count <= 2 ** 20)) throw new InvalidArgumentError('It must be from 1 to 2^20, or a file.');
  return count;
}

/** A share, as `0.99`. */
export function shareOption(value: string): number {
  const share = numberOption(value);
  if (share > 1) throw new InvalidArgumentError('It must be a share from 0 to 1, as 0.99.');
  return share;
}

/** Collects an option that is given several times. */
export const listOption = (value: string, before: readonly string[] | undefined): string[] => [
  ...(before ?? []),
  value,
];

/** `left=right`, cut at the last equals sign. */
export function pairOption(value: string): [string, string] {
  const at = value.lastIndexOf('=');
  if (at < 1) throw new InvalidArgumentError("It must be pattern=value, as '**/kernel=uint8'.");
  return [value.slice(0, at), value.slice(at + 1)];
}

/** A share, as `0.8` or `80%`. */
export function sparsityOption(value: string): number {
  const percent = /^(\d+(?:\.\d+)?)\s*%$/.exec(value);
  const sparsity = percent ? Number(percent[1]) / 100 : value.trim() === '' ? Number.NaN : Number(value);
  if (!(sparsity >= 0 && sparsity < 1))
    throw new InvalidArgumentError('It must be a share from 0 to below 1, as 0.8 or 80%.');
  return sparsity;
}

/** A share, or shares by pattern. */
export type Shares = number | Readonly<Record<string, number>>;

/** `0.5`, or `conv*=0.5`, which may be said again. */
export function sharesOption(value: string, before: Shares | undefined): Shares {
  const at = value.lastIndexOf('=');
  if (at < 0 ? before !== undefined : typeof before === 'number')
    throw new InvalidArgumentError('It must be one share, or a share for each pattern, as conv*=0.5.');
  if (at < 0) return sparsityOption(value);
  return { ...(before as object | undefined), [value.slice(0, at)]: sparsityOption(value.slice(at + 1)) };
}
