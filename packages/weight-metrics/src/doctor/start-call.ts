import type { Exam, LayerExam, WeightExam } from './exam.ts';

/** The initializer of `@weightkit/initializers` that fits a kernel. */
function lawOf({ property }: WeightExam, name: string): string {
  if (property === 'recurrentKernel') return 'orthogonal()';
  if (name === 'selu') return 'lecunNormal()';
  return /lu|mish|swish/i.test(name) ? 'heNormal()' : 'glorotUniform()';
}

/**
 * The call that starts a layer anew: its kernels by the laws that fit its activation, and its biases at 0 where that is asked for.
 *
 * @param paths - of the weights, where not all of the layer's kernels are meant
 */
export function startCall(
  { weights }: Exam,
  { path, activation }: LayerExam,
  { biases = false, paths }: { biases?: boolean; paths?: readonly string[] } = {},
): string {
  const own = weights.filter((one) => one.layer === path);
  const kernels = own.filter((one) => (paths ? paths.includes(one.path) : one.isKernel && one.units));
  const entries = [
    ...kernels.map((one) => `'${one.path}': ${lawOf(one, activation.name)}`),
    ...(biases ? own.filter(({ property }) => property === 'bias').map((one) => `'${one.path}': zeros()`) : []),
  ];
  return `initialize(model, { ${entries.join(', ')} }, { seed: 1 })`;
}
