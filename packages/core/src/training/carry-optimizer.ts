import * as tf from '@tensorflow/tfjs-core';
import { checkFunction } from '@weightkit/numerics/check';
import { checkModel } from '../model/check-model.ts';
import { variableOf } from '../model/raw-variable.ts';
import type { ModelLike } from '../model/types.ts';
import type { SkippedWeight } from '../model/weight.ts';
import { weightsOf } from '../model/weights-of.ts';
import { viewsOf } from '../parametrize/parametrizations-of.ts';
import { passesGradient } from '../parametrize/passes-gradient.ts';
import type { MomentKind, MomentMap, TransformPoint } from '../parametrize/transform.ts';
import type { Stage } from '../parametrize/view.ts';
import { type Compiled, SLOTS, slotNames, steppedBy } from './compiled.ts';
import { optimizerSlots } from './optimizer-slots.ts';
import { isKept } from './stepped-names.ts';

/** What {@link carryOptimizer} did. Weights are named by path, extra variables by the path and their name, as `dense1/kernel/g`. */
export interface CarryReport {
  /** Whose state is what it was, bit for bit. */
  carried: string[];
  /** Whose state was computed from that of others, and from what. */
  mapped: SkippedWeight[];
  /** Whose state begins anew, or is gone, and why. */
  zeroed: SkippedWeight[];
}

const fn = 'carryOptimizer';

const KINDS: Readonly<Record<string, Readonly<Record<string, MomentKind>>>> = {
  Momentum: { momentum: 'gradient' },
  Adagrad: { accumulator: 'gradientSquare' },
  Adadelta: { accum_grad: 'gradientSquare', accum_var: 'stepSquare' },
  Adam: { m: 'gradient', v: 'gradientSquare' },
  RMSProp: { rms: 'gradientSquare', momentum: 'step', mg: 'gradient' },
};

/** One transform as it was or is. */
interface Layered {
  stage: Stage;
  /** What it is given, and its variables. */
  at: TransformPoint;
  /** Whether gradients pass it whole; false for one with variables. */
  passes: boolean;
}

/** A weight with what lies on it. */
interface Place {
  path: string;
  raw: tf.Variable;
  stages: readonly Layered[];
}

type Keep = (tensor: tf.Tensor) => tf.Tensor;

// By the handle: what holds a variable that has gone cannot be read.
const variablesOf = ({ handle }: Stage): [string, tf.Variable][] => Object.entries(handle.variables);

/** Every weight of a model that is a variable, once. */
async function placesOf(model: ModelLike, keep: Keep): Promise<Place[]> {
  const views = new Map(viewsOf(model, fn).map((view) => [variableOf(view.raw), view]));
  const paths = new Map<tf.Variable, string>();
  for (const { path, variable } of weightsOf(model, undefined, fn))
    if (variable && !paths.has(variable)) paths.set(variable, path);
  const places = [...paths].map(([raw, path]): Place => {
    const view = views.get(raw);
    const layered = (view?.stages ?? []).map((stage, i) => ({
      stage,
      at: {
        raw: keep(view!.compute(i)),
        variables: Object.fromEntries(
          variablesOf(stage).map(([name, variable]) => [name, keep(tf.clone(variable as tf.Tensor))]),
        ),
      },
      passes: false,
    }));
    return { path, raw, stages: layered };
  });
  for (const { stages } of places)
    for (const one of stages)
      if (variablesOf(one.stage).length === 0)
        one.passes = await passesGradient((w) => one.stage.forward(w, {}), one.at.raw);
  return places;
}

/** What an optimizer keeps, by variable and name; empty of those that it has not stepped. */
type Kept = Map<tf.Variable, Readonly<Record<string, tf.Tensor>>>;

function keptBy(model: Compiled, variables: readonly tf.Variable[], keep: Keep): Kept {
  const optimizer = model.optimizer!;
  const byName = variables.map((variable) => [variable, optimizerSlots(optimizer, variable)] as const);
  // A state that was loaded from a file goes by place: its names are those of another model.
  const stepped = steppedBy(model).map(variableOf);
  const lists = Object.values(optimizer).filter(
    (list): list is { originalName: string; variable: tf.Variable }[] =>
      Array.isArray(list) && list.length === stepped.length && list.every(isKept),
  );
  const isNamed = byName.some(([, slots]) => slots.length > 0);
  const all = isNamed
    ? byName
    : stepped.map(
        (variable, i) =>
          [
            variable,
            lists.map((list) => ({ name: list[i]!.originalName.split('/').at(-1)!, variable: list[i]!.variable })),
          ] as const,
      );
  return new Map(
    all
      .filter(
        ([variable, slots]) =>
          slots.length > 0 && slots.every((slot) => tf.util.arraysEqual(slot.variable.shape, variable.shape)),
      )
      .map(([variable, slots]) => [
        variable,
        Object.fromEntries(slots.map((slot) => [slot.name, keep(tf.clone(slot.variable as tf.Tensor))])),
      ]),
  );
}

/** The function of every tensor of points of the same variables. */
const mapPoints = (f: (...tensors: tf.Tensor[]) => tf.Tensor, ...points: TransformPoint[]): TransformPoint => ({
  raw: f(...points.map(({ raw }) => raw)),
  variables: Object.fromEntries(
    Object.keys(points[0]!.variables).map((name) => [name, f(...points.map(({ variables }) => variables[name]!))]),
  ),
});

/** What is kept after a map of moments; `initial` is what a mean of squares begins from. */
function mapKept(
  kinds: Readonly<Record<string, MomentKind>>,
  initial: number,
  kept: Readonly<Record<string, TransformPoint>>,
  map: (moments: TransformPoint, kind: MomentKind) => TransformPoint,
): Record<string, TransformPoint> {
  const { mg } = kept;
  const means = mg && map(mg, 'gradient');
  const mapped = ([name, moments]: [string, TransformPoint]): [string, TransformPoint] => {
    const kind = kinds[name]!;
    if (kind !== 'gradientSquare') return [name, map(moments, kind)];
    // Where the mean is kept as well, what goes over is the variance, which must not come out below 0.
    const spread = mg
      ? mapPoints((square, mean) => tf.relu(tf.sub(square, tf.square(mean))), moments, mg)
      : mapPoints((square) => tf.relu(tf.sub(square, initial)), moments);
    const after = map(spread, kind);
    return [
      name,
      means
        ? mapPoints((variance, mean) => tf.add(variance, tf.square(mean)), after, means)
        : mapPoints((square) => tf.add(square, initial), after),
    ];
  };
  return Object.fromEntries(Object.entries(kept).map(mapped));
}

const UNSTEPPED = 'the optimizer has not stepped it';

/** What becomes of one variable. */
type Fate = { path: string; from?: string } & ({ slots: Readonly<Record<string, tf.Tensor>> } | { reason: string });

/** Why the state cannot go through a transform that came or went; undefined where it can. */
function whyNot(place: Place, { stage, passes }: Layered, i: number): string | undefined {
  if (passes) return;
  if (!stage.moments)
    return variablesOf(stage).length > 0
      ? 'its parametrization trains other variables in its place'
      : 'its parametrization changes gradients, not by a mask alone';
  return place.stages.slice(0, i).every((below) => below.passes)
    ? undefined
    : 'its parametrization lies on another one';
}

/** What becomes of a weight and of the variables on it. */
function fatesOf(
  before: Place | undefined,
  after: Place,
  old: Kept,
  { kinds, initial }: { kinds: Readonly<Record<string, MomentKind>>; initial: number },
): [tf.Variable, Fate][] {
  const { path, raw } = after;
  const asIs = (variable: tf.Variable, itsPath: string): [tf.Variable, Fate] => {
    const slots = old.get(variable);
    return [variable, slots ? { path: itsPath, slots } : { path: itsPath, reason: UNSTEPPED }];
  };
  const isIn = (place: Place | undefined, { stage }: Layered): boolean =>
    !!place?.stages.some(({ stage: one }) => one === stage);
  const stays = after.stages.filter((one) => isIn(before, one));
  const fates = stays.flatMap(({ stage }) =>
    variablesOf(stage).map(([name, variable]) => asIs(variable, `${path}/${name}`)),
  );
  const changed = [
    ...(before?.stages ?? [])
      .map((one, i) => ({ one, place: before!, i, isNew: false }))
      .filter(({ one }) => !isIn(after, one)),
    ...after.stages.map((one, i) => ({ one, place: after, i, isNew: true })).filter(({ one }) => !isIn(before, one)),
  ];
  const reason = changed.map(({ one, place, i }) => whyNot(place, one, i)).find((why) => why !== undefined);
  const maps = changed.filter(({ one }) => !one.passes);
  const extras = maps
    .filter(({ isNew }) => isNew)
    .flatMap(({ one }) => variablesOf(one.stage).map(([name, variable]) => [name, variable] as const));
  const begin = (why: string): [tf.Variable, Fate][] => [
    [raw, { path, reason: why }],
    ...extras.map(([name, variable]): [tf.Variable, Fate] => [variable, { path: `${path}/${name}`, reason: why }]),
  ];
  if (reason !== undefined) return [...fates, ...begin(reason)];
  if (maps.length === 0) return [...fates, asIs(raw, path)];
  const gone = maps.find(({ isNew }) => !isNew)?.one;
  const sources = [raw, ...(gone ? variablesOf(gone.stage).map(([, variable]) => variable) : [])];
  if (sources.some((variable) => !old.has(variable))) return [...fates, ...begin(UNSTEPPED)];
  const given = Object.fromEntries(
    Object.keys(old.get(raw)!).map((name): [string, TransformPoint] => [
      name,
      {
        raw: old.get(raw)![name]!,
        variables: Object.fromEntries(
          (gone ? variablesOf(gone.stage) : []).map(([extra, variable]) => [extra, old.get(variable)![name]!]),
        ),
      },
    ]),
  );
  const result = mapKept(kinds, initial, given, (moments, kind) =>
    maps.reduce<TransformPoint>((now, { one, isNew }) => {
      const { moments: map } = one.stage as { moments: MomentMap };
      return isNew ? map.split(now.raw, kind, one.at) : { raw: map.join(now, kind, one.at), variables: {} };
    }, moments),
  );
  const slotsAt = (pick: (point: TransformPoint) => tf.Tensor) =>
    Object.fromEntries(Object.entries(result).map(([name, point]) => [name, pick(point)]));
  const from = [path, ...(gone ? variablesOf(gone.stage).map(([name]) => `${path}/${name}`) : [])].join(' and ');
  return [
    ...fates,
    [raw, { path, from, slots: slotsAt((point) => point.raw) }],
    ...extras.map(([name, variable]): [tf.Variable, Fate] => [
      variable,
      { path: `${path}/${name}`, from, slots: slotsAt((point) => point.variables[name]!) },
    ]),
  ];
}

/** What the optimizer keeps goes, for what comes takes its place. */
function clear(optimizer: object): void {
  for (const list of Object.values(optimizer))
    if (Array.isArray(list) && list.length > 0 && list.every(isKept))
      for (const { variable } of list.splice(0)) variable.dispose();
}

async function give(model: Compiled, fates: ReadonlyMap<tf.Variable, Fate>, iterations: number): Promise<void> {
  const { initialAccumulatorValue: initial = 0 } = model.optimizer!;
  const stepped = steppedBy(model).map(variableOf);
  const weights = tf.tidy(() => [
    { name: 'iter', tensor: tf.scalar(iterations, 'int32') as tf.Tensor },
    ...slotNames(model).flatMap((name) =>
      stepped.map((variable) => {
        const fate = fates.get(variable);
        const kept = fate && 'slots' in fate ? fate.slots[name] : undefined;
        return { name: `${variable.name}/${name}`, tensor: kept ? tf.clone(kept) : tf.fill(variable.shape, initial) };
      }),
    ),
  ]);
  try {
    clear(model.optimizer!);
    await model.optimizer!.setWeights(weights);
  } finally {
    tf.dispose(weights.map(({ tensor }) => tensor));
  }
}

/** The powers of Adam's rates, which stock computes anew from the count of steps, to another rounding; none of other optimizers. */
const powersOf = (optimizer: object): Record<string, tf.Variable> =>
  Object.fromEntries(
    Object.entries(optimizer).filter(
      ([name, value]: [string, unknown]) => /^accBeta\d$/.test(name) && value instanceof tf.Variable,
    ),
  );

const ratesOf = (optimizer: tf.Optimizer): string => {
  const { beta1, beta2 } = optimizer.getConfig();
  return JSON.stringify([beta1, beta2]);
};

function optimizerOf(model: Compiled): NonNullable<Compiled['optimizer']> {
  const { optimizer } = model;
  if (!optimizer)
    throw new Error(
      `${fn}: model must be compiled, before the change and by it or after, got one that is not; call compile first`,
    );
  return optimizer;
}

/**
 * Gives the optimizer that a model is compiled with in `change` what the one before it has kept, by weight path: parametrizations with
 * variables of their own, as weight norm, need a `compile` with a new optimizer when they are put on, folded or restored, and momentum,
 * moments and the count of steps would begin anew.
 *
 * What is kept of a weight that nothing was put on or taken off goes over bit for bit; so does that under a mask or a quantizer, whose
 * gradients pass whole. Where a transform has {@link Transform.moments}, as weight norm has, what is kept of its variables is computed
 * from what was kept of the weight, and back: exact for means of gradients and steps if the transform's derivative were at each past
 * step what it is now; for means of squares by the variances alone, as if the entries of a gradient were uncorrelated. Everything else
 * begins anew, and is in the report with the reason: other transforms with variables, another class of optimizer, weights that one of
 * the two does not step, and `adamax`, whose state stock cannot set.
 *
 * The model must not train while `change` runs. What `change` throws comes through; what it did until then stays.
 *
 * @example
 * const report = await carryOptimizer(model, () => {
 *   parametrize(model.layers[0], 'kernel', { forward: (w) => tf.relu(w), rightInverse: (w) => w });
 *   model.compile({ optimizer: tf.train.sgd(0.1), loss: 'meanSquaredError' });
 * });
 *
 * @param model - a built and compiled LayersModel
 * @param change - puts parametrizations on and takes them off, and compiles the model with a new optimizer of the same class; may be
 * async
 * @returns what became of the state of each weight that either optimizer steps
 * @throws TypeError when `model` is no LayersModel or `change` no function; Error when the model is not compiled
 */
export async function carryOptimizer(model: ModelLike, change: () => unknown): Promise<CarryReport> {
  checkModel(fn, model);
  checkFunction(fn, 'change', change);
  const compiled = model as unknown as Compiled;
  const was = optimizerOf(compiled);
  const kept: tf.Tensor[] = [];
  const keep: Keep = (tensor) => {
    kept.push(tf.keep(tensor));
    return tensor;
  };
  try {
    const { iterations } = was;
    const className = was.getClassName();
    const rates = ratesOf(was);
    const powers = Object.entries(powersOf(was)).map(
      ([name, variable]) => [name, keep(tf.clone(variable as tf.Tensor))] as const,
    );
    const before = await placesOf(model, keep);
    const known = before.flatMap(({ raw, stages }) => [
      raw,
      ...stages.flatMap(({ stage }) => variablesOf(stage).map(([, variable]) => variable)),
    ]);
    const old = keptBy(compiled, known, keep);
    await change();
    const optimizer = optimizerOf(compiled);
    const after = await placesOf(model, keep);
    const now = optimizer.getClassName();
    const isSame = now === className && Object.hasOwn(SLOTS, now);
    const why = Object.hasOwn(SLOTS, now)
      ? `the optimizer is ${now} and was ${className}`
      : `stock TensorFlow.js cannot set the state of ${now}`;
    const { initialAccumulatorValue: initial = 0 } = optimizer;
    const fates = new Map(
      after.flatMap((place) => {
        const earlier = before.find(({ raw }) => raw === place.raw);
        const all = tf.tidy(() => {
          const made = fatesOf(earlier, place, old, { kinds: KINDS[now] ?? {}, initial });
          for (const [, fate] of made)
            if ('from' in fate && 'slots' in fate) for (const tensor of Object.values(fate.slots)) keep(tensor);
          return made as unknown as tf.TensorContainer;
        }) as unknown as [tf.Variable, Fate][];
        return isSame ? all : all.map(([variable, { path }]): [tf.Variable, Fate] => [variable, { path, reason: why }]);
      }),
    );
    if (Object.hasOwn(SLOTS, now)) await give(compiled, fates, isSame ? iterations : 0);
    if (isSame && ratesOf(optimizer) === rates)
      for (const [name, power] of powers) powersOf(optimizer)[name]!.assign(power);
    // An optimizer that keeps nothing has nothing to lose.
    if (isSame && slotNames(compiled).length === 0) return { carried: [], mapped: [], zeroed: [] };
    return reportOf(fates, new Set(steppedBy(compiled).map(variableOf)), old);
  } finally {
    tf.dispose(kept);
  }
}

function reportOf(fates: ReadonlyMap<tf.Variable, Fate>, stepped: ReadonlySet<tf.Variable>, old: Kept): CarryReport {
  const report: CarryReport = { carried: [], mapped: [], zeroed: [] };
  for (const [variable, fate] of fates) {
    const { path } = fate;
    if (!stepped.has(variable)) {
      if (old.has(variable)) report.zeroed.push({ path, reason: 'the new optimizer does not step it' });
    } else if ('reason' in fate) report.zeroed.push({ path, reason: fate.reason });
    else if (fate.from === undefined) report.carried.push(path);
    else report.mapped.push({ path, reason: `computed from ${fate.from}` });
  }
  return report;
}
