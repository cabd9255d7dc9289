import type { LayerVariableLike, ModelLike } from '../model/types.ts';
import { weightsOf } from '../model/weights-of.ts';

/** The paths of variables; a weight that is at two places has the path of the first. */
export const pathsOf = (model: ModelLike, fn: string): ((variable: LayerVariableLike) => string) => {
  const paths = new Map<unknown, string>(weightsOf(model, undefined, fn).map(({ variable, path }) => [variable, path]));
  return (variable) => paths.get(variable.read()) ?? variable.originalName;
};
