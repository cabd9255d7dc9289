import { checkRange } from '@weightkit/numerics/check';
import { palette } from '../marks/colors.ts';
import { eachEntry, readNamed } from '../marks/entries.ts';
import { type Figure, makeFigure } from '../marks/figure.ts';
import { formatNumber } from '../marks/format.ts';
import { type LegendEntry, saidEntries } from '../marks/header.ts';
import { countText, largest } from '../marks/many.ts';
import { oddEntries } from '../marks/odd-marks.ts';
import { checkArray, checkData, checkFigureOptions, checkTexts, type FigureOptions } from '../marks/options.ts';
import { type ChartValue, cellOf, describeOdd, isDrawn, type Value } from '../marks/values.ts';
import { plotTimeline, rowsOf, type Span, type TimelineLane, timelineHeight } from './timeline-layout.ts';

/** A part of a run, such as a phase or an epoch. */
export interface RunSpan {
  /** What stands in it where it has room. @defaultValue '' */
  readonly name?: string;
  /** Where it begins, in seconds, steps or whatever the axis counts. */
  readonly from: ChartValue;
  /** Where it ends, not before it begins. */
  readonly to: ChartValue;
}

/** A moment of a run, such as a checkpoint. */
export interface RunEvent {
  /** What stands beside it where it has room. @defaultValue '' */
  readonly name?: string;
  /** Where it is. */
  readonly at: ChartValue;
}

/** Spans and events of one kind. */
export interface RunLane {
  /** What stands at the left. */
  readonly name: string;
  /** Its spans in any order; those that overlap stand below each other. @defaultValue none */
  readonly spans?: readonly RunSpan[];
  /** Its events in any order. @defaultValue none */
  readonly events?: readonly RunEvent[];
}

/** A run. */
export interface RunTimelineData {
  /** The lanes from top to bottom, one or more. */
  readonly lanes: readonly RunLane[];
}

/** Options of {@link runTimeline}. */
export interface RunTimelineOptions extends FigureOptions {
  /** Name of the x axis. @defaultValue 'time' */
  xLabel?: string;
}

/** Spans, or events, which are spans of no length: a list for each of what they have. */
interface Marks {
  names: string[];
  from: Value[];
  to: Value[];
}

interface Lane {
  name: string;
  spans: Marks;
  events: Marks;
}

const MOST_LANES = 60;
const MOST_MARKS = 2000;
const MOST_TOLD = 6;

/**
 * What happened when in a run: phases, epochs, checkpoints, in lanes over time or steps. Spans that overlap within a lane stand below each
 * other, in as few rows as can be; events are dots above the spans.
 *
 * A span or event with an end that is NaN, infinite or missing is not drawn but counted. Of more than 60 lanes the first 60 are drawn, of
 * more than 2000 spans and events the 2000 longest; what would need more than 12 rows in a lane lies over others in its last. The figure
 * says so.
 *
 * @param data - the lanes
 * @throws RangeError if there is no lane, or a span ends before it begins
 * @throws TypeError if a value is neither a number nor one of the texts for NaN and infinity nor missing, or an option is unknown or of
 * the wrong kind
 *
 * @example
 * ```js
 * import { runTimeline } from '@weightkit/viz';
 * const lanes = [{ name: 'phases', spans: [{ name: 'warm up', from: 0, to: 5 }, { name: 'train', from: 5, to: 60 }] }];
 * console.log(runTimeline({ lanes }).description); // -> One lane of time from 0 to 60. phases: 2 spans (warm up 0 to 5, train 5 to 60).
 * ```
 */
export function runTimeline(data: RunTimelineData, options: RunTimelineOptions = {}): Figure {
  const fn = 'runTimeline';
  checkFigureOptions(fn, options, ['xLabel']);
  checkTexts(fn, options, ['xLabel']);
  const { title = 'A run', xLabel = 'time' } = options;
  const lanes = readLanes(fn, data);
  const { shown, remarks, domain } = select(lanes);
  const odd = lanes.flatMap(oddOf);
  const entries: LegendEntry[] = [...oddEntries(odd), ...saidEntries(remarks)];
  return makeFigure({
    chart: 'runTimeline',
    title,
    description: describe(lanes, xLabel, domain, [
      ...remarks,
      ...(odd.length === 0 ? [] : [`Not drawn: ${describeOdd(odd)}`]),
    ]),
    table: () => ({
      columns: ['lane', 'name', 'from', 'to'],
      rows: lanes.flatMap(({ name: lane, spans, events }) => [
        ...spans.names.map((name, i) => [lane, name, cellOf(spans.from[i]!), cellOf(spans.to[i]!)]),
        ...events.names.map((name, i) => [lane, name, cellOf(events.from[i]!), '']),
      ]),
    }),
    options,
    legend: entries.length === 0 ? undefined : { kind: 'names', entries },
    plotHeight: (width) => timelineHeight(shown, width),
    plot: (size) => plotTimeline(shown, { domain, xLabel }, size),
  });
}

/** A span or event that has a place, undefined where it has none. */
function placed({ names, from, to }: Marks, i: number): Span | undefined {
  const [begin, end] = [from[i]!, to[i]!];
  return isDrawn(begin) && isDrawn(end) ? { name: names[i]!, from: begin, to: end } : undefined;
}

/** What of spans and events is not there. */
function oddOf({ spans, events }: Lane): Value[] {
  const odd: Value[] = [];
  const note = (value: Value) => {
    if (!isDrawn(value)) odd.push(value);
  };
  for (let i = 0; i < spans.names.length; i++) {
    note(spans.from[i]!);
    note(spans.to[i]!);
  }
  events.from.forEach(note);
  return odd;
}

function makeMarks(count: number): Marks {
  return { names: new Array(count), from: new Array(count), to: new Array(count) };
}

function readLanes(fn: string, data: RunTimelineData): Lane[] {
  checkData(fn, data);
  return readNamed(
    fn,
    'lanes',
    data.lanes,
    ({ name, spans: rawSpans = [], events: rawEvents = [] }, { where }): Lane => {
      checkArray(fn, where('spans'), rawSpans);
      checkArray(fn, where('events'), rawEvents);
      const [spans, events] = [makeMarks(rawSpans.length), makeMarks(rawEvents.length)];
      eachEntry(fn, where('spans'), rawSpans, ({ name = '' }, { value, where: at }, i) => {
        const [from, to] = [value('from'), value('to')];
        if (isDrawn(from) && isDrawn(to) && from > to)
          checkRange(false, `${fn}: ${at()} must not end before it begins`, `${from} to ${to}`);
        spans.names[i] = name;
        spans.from[i] = from;
        spans.to[i] = to;
      });
      eachEntry(fn, where('events'), rawEvents, ({ name = '' }, { value }, i) => {
        const at = value('at');
        events.names[i] = name;
        events.from[i] = at;
        events.to[i] = at;
      });
      return { name, spans, events };
    },
  );
}

/** What is drawn: the first lanes, and of their spans and events the longest. */
function select(lanes: readonly Lane[]) {
  const first = lanes.slice(0, MOST_LANES);
  const groups = first.flatMap(({ spans, events }) => [spans, events]);
  const lengths = new Float64Array(groups.reduce((sum, { from }) => sum + from.length, 0)).fill(-1);
  let [begin, end] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  let [at, count] = [0, 0];
  for (const { from: begins, to: ends } of groups)
    for (let i = 0; i < begins.length; i++, at++) {
      const [from, to] = [begins[i]!, ends[i]!];
      if (!isDrawn(from) || !isDrawn(to)) continue;
      // Halves, as lengths may be no doubles.
      lengths[at] = to / 2 - from / 2;
      count++;
      if (from < begin) begin = from;
      if (to > end) end = to;
    }
  const kept = largest(lengths, Math.min(MOST_MARKS, count), (length) => length).sort((a, b) => a - b);
  let [start, next] = [0, 0];
  const chosen = groups.map((marks) => {
    const some: Span[] = [];
    for (; next < kept.length && kept[next]! < start + marks.from.length; next++)
      some.push(placed(marks, kept[next]! - start)!);
    start += marks.from.length;
    return some;
  });
  const shown = first.map(({ name }, i): TimelineLane => {
    const [spans, events] = [chosen[2 * i]!, chosen[2 * i + 1]!];
    return {
      name,
      color: palette[i % palette.length]!,
      events: events.sort((a, b) => a.from - b.from),
      ...rowsOf(spans),
    };
  });
  const over = shown.reduce((sum, { crowded }) => sum + crowded, 0);
  const remarks = [
    ...(first.length < lanes.length ? [`the first ${first.length} of ${countText(lanes.length)} lanes are drawn`] : []),
    ...(kept.length < count
      ? [`the ${countText(kept.length)} longest of ${countText(count)} spans and events are drawn`]
      : []),
    ...(over > 0 ? [`${countText(over)} spans lie over others`] : []),
  ];
  const domain = count === 0 ? undefined : ([begin, end] as const);
  return { shown, remarks, domain };
}

function describe(
  lanes: readonly Lane[],
  xLabel: string,
  domain: readonly [number, number] | undefined,
  more: readonly string[],
): string {
  const told = lanes.slice(0, MOST_TOLD).map(({ name, spans, events }) => {
    const parts = [
      ...(spans.names.length > 0
        ? [listed(spans, 'span', ({ from, to }) => ` ${formatNumber(from)} to ${formatNumber(to)}`)]
        : []),
      ...(events.names.length > 0 ? [listed(events, 'event', ({ from }) => ` ${formatNumber(from)}`)] : []),
    ];
    return `${name}: ${parts.length === 0 ? 'nothing' : parts.join(', ')}`;
  });
  const count = lanes.length === 1 ? 'One lane' : `${countText(lanes.length)} lanes`;
  const where =
    domain === undefined ? ', nothing has a place' : ` from ${domain.map((end) => formatNumber(end)).join(' to ')}`;
  const left = lanes.length > MOST_TOLD ? [`And ${countText(lanes.length - MOST_TOLD)} lanes more`] : [];
  return [`${count} of ${xLabel}${where}`, ...told, ...left, ...more].map((sentence) => `${sentence}.`).join(' ');
}

function listed(all: Marks, kind: string, text: (span: Span) => string): string {
  const known: Span[] = [];
  const count = all.names.length;
  for (let i = 0; i < count && known.length <= MOST_TOLD; i++) {
    const span = placed(all, i);
    if (span !== undefined) known.push(span);
  }
  const told = known.slice(0, MOST_TOLD).map((span) => (span.name + text(span)).trim());
  const more = known.length > MOST_TOLD ? ', …' : '';
  const list = told.length === 0 ? '' : ` (${told.join(', ')}${more})`;
  return `${countText(count)} ${kind}${count === 1 ? '' : 's'}${list}`;
}
