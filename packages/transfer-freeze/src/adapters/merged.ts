import * as tf from '@tensorflow/tfjs-core';
import { type Parametrization, parametrizationsOf } from '@weightkit/core';
import { handlesOf, type PlacedPart } from './install.ts';

/** What a merge has kept: the weights of before, and the adapters' variables. */
export interface Kept {
  starts: Readonly<Record<string, tf.Tensor>>[];
  /** Throws unless {@link Kept.restore} can give the weights back. */
  check(fn: string): void;
  /** Gives the weights back, bit for bit. */
  restore(): void;
  dispose(): void;
}

const copied = (variable: tf.Tensor): tf.Tensor => tf.keep(tf.clone(variable));

/** Keeps weights and what other parametrizations hold beside them, which folding may change. */
export function keepBase(parts: readonly PlacedPart[]): Kept {
  const own = handlesOf(parts);
  const raws = new Set(own.map(({ raw }) => raw));
  const layers = new Set(parts.map(({ weight }) => weight.layer!));
  const othersNow = (): Parametrization[] =>
    [...layers].flatMap((layer) => parametrizationsOf(layer)).filter((one) => raws.has(one.raw) && !own.includes(one));
  const others = othersNow();
  const base = [...raws, ...others.flatMap(({ variables }) => Object.values(variables))].map(
    (variable) => [variable, copied(variable)] as const,
  );
  const starts = parts.map(({ handle: { variables } }) =>
    Object.fromEntries(Object.entries(variables).map(([name, variable]) => [name, copied(variable)])),
  );
  return {
    starts,
    check(fn) {
      const gone = base.find(([variable]) => variable.isDisposed);
      if (gone) throw new Error(`${fn}: weights must be there, got ${gone[0].name} disposed`);
      const now = othersNow();
      const strange = now.find((one) => !others.includes(one)) ?? others.find((one) => !now.includes(one));
      if (strange)
        throw new Error(
          `${fn}: weights must have the parametrizations of before, got ${strange.kind ?? 'one without a name'} at ${strange.path}`,
        );
    },
    restore() {
      for (const [variable, value] of base) variable.assign(value);
    },
    dispose() {
      tf.dispose([base.map(([, value]) => value), starts]);
    },
  };
}
