import { describe, expect, it } from 'vitest';
import type { SlowReads } from './pending-reads.ts';
import { WRONG_VALUES, type WrongValue } from './wrong-values.ts';

/** How one exported function, or what it returns, takes each of the wrong values. */
export interface Refusal {
  /** What its messages begin with. */
  name: string;
  /** The export that the row is for. @defaultValue `name` */
  of?: string;
  /** The call. A method of a handle gets the handle by its closure. */
  call: (...args: never[]) => unknown;
  /** Right arguments; what they hold is disposed by `done`. */
  args: () => readonly unknown[] | Promise<readonly unknown[]>;
  /**
   * Its arguments in order and, under `argument.option`, their options, each with the labels of the values in the table that are
   * right there. A name that ends in `?` may be left out, so that undefined is right; where all its options may be, so is `{}`.
   */
  takes: Readonly<Record<string, readonly string[]>>;
  /** Labels of functions that are called and fail themselves: their own error is the caller's. */
  own?: readonly string[];
  /** Disposes the arguments; those beyond the call's are there for it. */
  done?: (args: readonly unknown[]) => void;
  /** Frees what a right call returned. */
  free?: (result: unknown) => void;
}

/** What is measured around each call. */
export interface Surroundings {
  /** More wrong values. */
  more?: readonly WrongValue[];
  /** Takes each n-th value only. @defaultValue 1 */
  every?: number;
  /** What must be the same after the refusals as before, of the right arguments. */
  stateOf?: (args: readonly unknown[]) => unknown;
  /** A count that must not grow. */
  held?: () => number;
  /** Makes downloads slow and counts them: none must outlive an error. */
  reads?: () => SlowReads;
}

/** A refusal that takes longer twice has looked at more than it must; once a shared machine may have done something else. */
const MOST_MS = 2000;

/** Milliseconds that this process has computed, which other programs hardly change; in a page, where that is not told, those by the clock. */
function clock(): number {
  if (typeof process === 'undefined' || typeof process.cpuUsage !== 'function') return performance.now();
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

interface Place {
  at: number;
  option: string | null;
  path: string;
  right: ReadonlySet<string>;
}

function placesOf(takes: Refusal['takes']): Place[] {
  const names = Object.keys(takes);
  const bare = (name: string) => name.replace(/\?$/, '');
  const positions = names.filter((name) => !name.includes('.'));
  return names.map((name) => {
    const [first = '', option = null] = name.split('.').map(bare) as [string, string?];
    const right = new Set(takes[name]);
    if (name.endsWith('?')) right.add('undefined');
    const options = names.filter((other) => other.startsWith(`${first}.`));
    if (option === null && name.endsWith('?') && options.length > 0 && options.every((other) => other.endsWith('?')))
      for (const empty of ['{}', 'no prototype']) right.add(empty);
    return { at: positions.findIndex((other) => bare(other) === first), option, path: bare(name), right };
  });
}

function withValue(args: readonly unknown[], { at, option }: Place, value: unknown): unknown[] {
  const changed = [...args];
  changed[at] = option === null ? value : { ...(args[at] as object | undefined), [option]: value };
  return changed;
}

async function outcome(call: () => unknown): Promise<{ error: unknown } | { result: unknown }> {
  try {
    return { result: await call() };
  } catch (error) {
    return { error };
  }
}

const told = (error: unknown): string => (error instanceof Error ? `${error.name} ${error.message}` : String(error));

const NO_READS: Omit<SlowReads, 'begun'> = { pending: () => 0, restore: () => {} };

async function faultsOf(row: Refusal, { more = [], every = 1, stateOf, held = () => 0, reads }: Surroundings) {
  const faults: string[] = [];
  const all = await row.args();
  const call = row.call as (...given: unknown[]) => unknown;
  const form = new RegExp(`^${row.name.replace(/[$.]/g, '\\$&')}: .+, got .+`, 's');
  const places = placesOf(row.takes);
  const args = all.slice(0, 1 + Math.max(...places.map(({ at }) => at)));
  const values = [...WRONG_VALUES, ...more].filter((_, i) => i % every === 0);
  const state = await stateOf?.(all);
  for (const place of places)
    for (const [label, make] of values) {
      if (place.right.has(label)) continue;
      const given = withValue(args, place, make());
      const before = held();
      const start = clock();
      const slow = reads?.() ?? NO_READS;
      const done = await outcome(() => call(...given));
      let ms = clock() - start;
      const pending = slow.pending();
      slow.restore();
      const at = `${row.name}(${place.path} = ${label})`;
      if ('result' in done) {
        faults.push(`${at} takes it`);
        row.free?.(done.result);
      } else if (row.own?.includes(label)) {
        // What the caller's function throws is told as it is.
      } else if (!(done.error instanceof Error && form.test(done.error.message)))
        faults.push(`${at}: ${told(done.error)}`);
      else if (/undefined \(reading|is not a function|Cannot (read|destructure|convert)/.test(done.error.message))
        faults.push(`${at}: ${told(done.error)}`);
      if (ms > MOST_MS) {
        const again = clock();
        await outcome(() => call(...withValue(args, place, make())));
        ms = clock() - again;
      }
      if (ms > MOST_MS) faults.push(`${at} takes ${Math.round(ms)} ms`);
      if (pending > 0) faults.push(`${at} fails before ${pending} downloads have ended`);
      if (held() !== before) faults.push(`${at} leaves ${held() - before} tensors behind`);
    }
  if (stateOf) expect(await stateOf(all)).toEqual(state);
  for (const place of places)
    for (const [label, make] of values) {
      if (!place.right.has(label)) continue;
      const done = await outcome(() => call(...withValue(args, place, make())));
      if ('error' in done)
        faults.push(`${row.name}(${place.path} = ${label}) refuses what is right: ${told(done.error)}`);
      else row.free?.(done.result);
    }
  row.done?.(all);
  return faults;
}

/**
 * Declares for each row the test that every wrong value in every place is an error in our form, and the test that every exported
 * function has a row.
 *
 * @param kit - the package's entry
 * @param exempt - functions without a row, each with the reason
 */
export function testRefusals(
  entry: string,
  kit: object,
  rows: readonly Refusal[],
  surroundings: Surroundings = {},
  exempt: Readonly<Record<string, string>> = {},
): void {
  describe(`${entry} refuses wrong values`, () => {
    it('every exported function has a row, or a reason for having none', () => {
      const exported = Object.entries(kit).flatMap(([name, value]) => (typeof value === 'function' ? [name] : []));
      const covered = new Set([...rows.map(({ name, of = name }) => of), ...Object.keys(exempt)]);
      expect([...covered].sort()).toEqual(exported.sort());
    });
    for (const row of rows)
      it(`${row.of === undefined ? '' : `${row.of}: `}${row.name} refuses each in every place, in its own name`, async () =>
        expect(await faultsOf(row, surroundings)).toEqual([]));
  });
}
