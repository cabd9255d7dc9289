import { cutOff } from './cut-off.ts';
import type { Exam, LayerExam, UnitValues } from './exam.ts';
import type { Finding } from './finding.ts';
import { startCall } from './start-call.ts';
import { percent } from './words.ts';

/** A layer is ill when a larger share of its units says the same whatever comes in. */
const DEAD_SHARE = 0.4;
/** With fewer values for each unit, that one says the same is chance. */
const FEW = 16;

/** Units that gave one value for all examples and places. */
const silent = ({ min, max }: UnitValues): number =>
  min.reduce((n, least, unit) => n + (least === max[unit] ? 1 : 0), 0);

/** Units, those that are dead, and those that have no incoming weights. */
interface Counts {
  units: number;
  dead: number;
  cut: number;
}

const isCutOff = ({ units, cut }: Counts): boolean => cut / units > DEAD_SHARE;
const cutText = (counts: Counts): string =>
  isCutOff(counts) ? `; ${counts.cut} have incoming weights of 0 alone` : '';

function finding(exam: Exam, layer: LayerExam, counts: Counts, seen: string): Finding {
  const { units, dead, cut } = counts;
  const isRelu = /relu/i.test(layer.activation.name);
  const isCut = isCutOff(counts);
  return {
    code: 'dead-units',
    layer: layer.path,
    weight: null,
    steps: null,
    message: `${dead} of the ${units} units (${percent(dead / units)}) of ${layer.path} ${seen}`,
    evidence: [
      { measure: 'share of dead units', value: dead / units, limit: DEAD_SHARE },
      { measure: 'dead units', value: dead, limit: null },
      ...(isCut ? [{ measure: 'units with incoming weights of 0 alone', value: cut, limit: null }] : []),
    ],
    cause: isCut
      ? 'Nothing that comes in reaches them: their incoming weights are 0.'
      : isRelu
        ? 'Their sums are below 0 for every example, so that the ReLU gives 0 and lets no gradient through: large negative biases, steps that were too long, or inputs far from mean 0.'
        : 'Nothing that comes in reaches them: their incoming weights are 0, or so large that the activation stands at its end.',
    remedy:
      'Start the layer anew, with biases of 0, and train with shorter steps; where it happens again, use leakyReLU or normalize the inputs. Units that stay dead can be pruned: `prune` with structure `unit`.',
    call: startCall(exam, layer, { biases: true }),
  };
}

/** Layers of which many units give the same for every example, or, without data, have no incoming weights. */
export function deadUnits(exam: Exam): Finding[] {
  const { layers, weights } = exam;
  return layers.flatMap((layer) => {
    const { output, isOutput } = layer;
    if (isOutput && !/relu/i.test(layer.activation.name)) return [];
    const kernel = weights.find((one) => one.layer === layer.path && one.isKernel && one.units);
    const cut = kernel ? cutOff(kernel).size : 0;
    if (output && output.rows >= FEW) {
      // What is linear and gets a gradient will learn, as the last layer of a branch that starts at 0.
      if (layer.activation.name === 'linear' && (layer.gradient ?? 0) > 0) return [];
      const [dead, units] = [silent(output), output.min.length];
      if (dead / units <= DEAD_SHARE) return [];
      // A kernel of several gates has more units than the layer gives.
      const counts = { units, dead, cut: kernel?.units?.units === units ? cut : 0 };
      const why = cutText(counts);
      return [finding(exam, layer, counts, `give the same for every example${why}`)];
    }
    // A linear kernel may start at 0, as the last of a branch; a mask may cut units off.
    if (isOutput || !kernel || layer.activation.name === 'linear' || kernel.kinds.includes('mask')) return [];
    const { units } = kernel.units!;
    return cut / units > DEAD_SHARE
      ? [finding(exam, layer, { units, dead: cut, cut }, 'have incoming weights of 0 alone')]
      : [];
  });
}
