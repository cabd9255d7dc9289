import * as tf from '@tensorflow/tfjs';

/** One thing that the packages take for granted and the typings of tfjs do not promise. */
interface Spec<T> {
  /** What would change: `Layer._trainableWeights`. */
  field: string;
  /** What it has to be; the message says that it is not this any more. */
  rule: string;
  /** The package and file that would break. */
  used: string;
  /** A fresh one, of the tfjs that runs. */
  make: () => T | Promise<T>;
  /** Whether it is as it has to be. */
  holds: (thing: T) => boolean | Promise<boolean>;
  /** The same with a change planted, as another tfjs might bring it. */
  plant: (thing: T) => T | void;
}

/** A spec of which one can ask for the complaint. */
export interface Canary {
  field: string;
  rule: string;
  /** What is wrong with the tfjs that runs, or with the planted change; undefined when nothing is. */
  complaint(planted?: boolean): Promise<string | undefined>;
}

/** The tfjs that runs. */
export const version = `${tf.version.tfjs} (layers ${tf.version_layers}, core ${tf.version_core}, converter ${tf.version_converter})`;

const variables = (): tf.Variable[] => Object.values(tf.engine().state.registeredVariables);

/** Makes a canary; what its functions leave on the device is disposed. */
export function canary<T>({ field, rule, used, make, holds, plant }: Spec<T>): Canary {
  const judge = async (thing: T): Promise<string | undefined> => {
    try {
      return (await holds(thing)) ? undefined : '';
    } catch (error) {
      return `: ${(error as Error).message}`;
    }
  };
  return {
    field,
    rule,
    async complaint(planted = false) {
      const before = new Set(variables());
      tf.engine().startScope();
      const thing = await make();
      const wrong = await judge(planted ? (plant(thing) ?? thing) : thing);
      tf.engine().endScope();
      tf.dispose(variables().filter((variable) => !before.has(variable)));
      return wrong === undefined
        ? undefined
        : `tfjs ${version}: ${field} is not ${rule} any more (${used} needs it)${wrong}`;
    },
  };
}
