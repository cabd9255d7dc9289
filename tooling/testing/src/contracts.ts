import { describe, expect, it } from 'vitest';
import { slowReads } from './pending-reads.ts';
import { differences, type Plain, settle } from './settle.ts';
import { withoutSyncReads } from './sync-reads.ts';
import { leakOf } from './tensors.ts';

/** How far a number may be from its reference, and why that far. */
export interface Tolerance {
  /** Largest absolute difference of one number. */
  atMost: number;
  /** Where the bound comes from. */
  because: string;
}

/** What a call gives, and what it must be. Tensors in the result are downloaded and disposed. */
export interface Expected {
  /** Computes the value, on the backend under test. */
  value: () => unknown;
  /** What it must be: by a closed form, or by an implementation that is not ours. */
  reference: Plain;
  /** How near. */
  tolerance: Tolerance;
}

/** What one exported function promises, on every backend. */
export interface Contract extends Expected {
  /** The export. */
  name: string;
  /** What is computed, to complete the title. */
  title: string;
  /**
   * What must leave no tensor and no variable behind.
   *
   * @defaultValue `value`
   */
  leaks?: () => unknown;
  /** The gradient, where one is promised. */
  gradient?: Expected;
  /** Bad calls with what each must throw, or why there is none. */
  rejects: readonly (readonly [call: () => unknown, message: string])[] | string;
}

async function checkNear({ value, reference, tolerance }: Expected): Promise<void> {
  const found = differences(await settle(value()), reference, tolerance.atMost);
  if (found.length > 0) throw new Error(found.join('\n'));
}

const show = ({ atMost, because }: Tolerance): string =>
  `(${atMost === 0 ? 'exactly' : `within ${atMost.toExponential(1)}`}: ${because})`;

const nothing = { tensors: 0, variables: 0 };

function testsOf({ name, title, leaks, gradient, rejects, ...expected }: Contract): void {
  it(`${name} ${title} ${show(expected.tolerance)}`, () => withoutSyncReads(() => checkNear(expected)));
  it(`${name} leaves no tensor and no variable behind`, () =>
    withoutSyncReads(async () => expect(await leakOf(() => settle((leaks ?? expected.value)()))).toEqual(nothing)));
  if (gradient)
    it(`${name} has its gradient ${show(gradient.tolerance)}`, () =>
      withoutSyncReads(async () => {
        await checkNear(gradient);
        expect(await leakOf(() => settle(gradient.value()))).toEqual(nothing);
      }));
  if (typeof rejects === 'string') return;
  for (const [call, message] of rejects)
    it(`${name} throws "${message}" and leaves nothing behind`, () =>
      withoutSyncReads(async () => {
        const fails = async () => {
          const reads = slowReads();
          try {
            await expect((async () => settle(await call()))()).rejects.toThrow(message);
            expect(reads.pending(), 'downloads that outlive the error').toBe(0);
          } finally {
            reads.restore();
          }
        };
        expect(await leakOf(fails)).toEqual(nothing);
      }));
}

/**
 * Declares the tests of a package's contracts, and one that every function it exports has a contract.
 *
 * @param kit - the package's index
 * @param exempt - functions without a row, each with the reason
 */
export function testContracts(
  packageName: string,
  kit: object,
  contracts: readonly Contract[],
  exempt: Readonly<Record<string, string>> = {},
): void {
  describe(packageName, () => {
    it('every exported function has a contract, or a reason for having none', () => {
      const exported = Object.entries(kit).flatMap(([name, value]) => (typeof value === 'function' ? [name] : []));
      const covered = new Set([...contracts.map(({ name }) => name), ...Object.keys(exempt)]);
      expect([...covered].sort()).toEqual(exported.sort());
    });
    for (const contract of contracts) testsOf(contract);
  });
}
