import type * as tf from '@tensorflow/tfjs-core';

interface Hold {
  /** How many freezes hold the variable. */
  count: number;
  /** What the flag would be without them. */
  flag: boolean;
}

const holds = new WeakMap<tf.Variable, Hold>();

function install(variable: tf.Variable): Hold {
  const hold: Hold = { count: 0, flag: variable.trainable };
  holds.set(variable, hold);
  Object.defineProperty(variable, 'trainable', {
    get: () => false,
    set(flag: boolean) {
      hold.flag = flag;
    },
    enumerable: true,
    configurable: true,
  });
  return hold;
}

function uninstall(variable: tf.Variable, { flag }: Hold): void {
  holds.delete(variable);
  Object.defineProperty(variable, 'trainable', { value: flag, writable: true, enumerable: true, configurable: true });
}

/**
 * Makes a variable untrainable until released. It must not be a plain `variable.trainable = false`: `compile` of a Sequential
 * sets the flag of every variable back to true (seen in 4.22). What is assigned meanwhile takes effect at the release. Holds
 * count: a variable held twice must be released twice.
 */
export function holdStill(variable: tf.Variable): () => void {
  const hold = holds.get(variable) ?? install(variable);
  hold.count++;
  let held = true;
  return () => {
    if (!held) return;
    held = false;
    hold.count--;
    if (hold.count === 0) uninstall(variable, hold);
  };
}
