import { checkRange } from '@weightkit/numerics/check';
import { palette } from '../marks/colors.ts';
import { readEntries, readNamed } from '../marks/entries.ts';
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

interface Lane {
  name: string;
  /** Events are spans of no length. */
  spans: { name: string; from: Value; to: Value }[];
  events: { name: string; from: Value; to: Value }[];
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
        ...spans.map(({ name, from, to }) => [lane, name, cellOf(from), cellOf(to)]),
        ...events.map(({ name, from }) => [lane, name, cellOf(from), '']),
      ]),
    }),
    options,
    legend: entries.length === 0 ? undefined : { kind: 'names', entries },
    plotHeight: (width) => timelineHeight(shown, width),
    plot: (size) => plotTimeline(shown, { domain, xLabel }, size),
  });
}

const isPlaced = (span: { name: string; from: Value; to: Value }): span is Span =>
  isDrawn(span.from) && isDrawn(span.to);

/** What of spans and events is not there. */
function oddOf({ spans, events }: Lane): Value[] {
  const odd: Value[] = [];
  for (const { from, to } of spans) {
    if (!isDrawn(from)) odd.push(from);
    if (!isDrawn(to)) odd.push(to);
  }
  for (const { from } of events) if (!isDrawn(from)) odd.push(from);
  return odd;
}

function readLanes(fn: string, data: RunTimelineData): Lane[] {
  checkData(fn, data);
  return readNamed(fn, 'lanes', data.lanes, ({ name, spans = [], events = [] }, { where }): Lane => {
    checkArray(fn, where('spans'), spans);
    checkArray(fn, where('events'), events);
    return {
      name,
      spans: readEntries(fn, where('spans'), spans, ({ name = '' }, { value, where: at }) => {
        const [from, to] = [value('from'), value('to')];
        if (isDrawn(from) && isDrawn(to) && from > to)
          checkRange(false, `${fn}: ${at()} must not end before it begins`, `${from} to ${to}`);
        return { name, from, to };
      }),
      events: readEntries(fn, where('events'), events, ({ name = '' }, { value }) => {
        const at = value('at');
        return { name, from: at, to: at };
      }),
    };
  });
}

/** What is drawn: the first lanes, and of their spans and events the longest. */
function select(lanes: readonly Lane[]) {
  const first = lanes.slice(0, MOST_LANES);
  const placed = first.map(({ name, spans, events }, i) => ({
    name,
    color: palette[i % palette.length]!,
    spans: spans.filter(isPlaced),
    events: events.filter(isPlaced),
  }));
  const all = placed.flatMap(({ spans, events }) => spans.concat(events));
  // Halves, as lengths may be no doubles.
  const kept = new Set(largest(all, MOST_MARKS, ({ from, to }) => to / 2 - from / 2).map((i) => all[i]!));
  const shown = placed.map(({ name, color, spans, events }): TimelineLane => {
    const rows = rowsOf(spans.filter((span) => kept.has(span)));
    return { name, color, events: events.filter((event) => kept.has(event)).sort((a, b) => a.from - b.from), ...rows };
  });
  const over = shown.reduce((sum, { crowded }) => sum + crowded, 0);
  const remarks = [
    ...(first.length < lanes.length ? [`the first ${first.length} of ${countText(lanes.length)} lanes are drawn`] : []),
    ...(kept.size < all.length
      ? [`the ${countText(kept.size)} longest of ${countText(all.length)} spans and events are drawn`]
      : []),
    ...(over > 0 ? [`${countText(over)} spans lie over others`] : []),
  ];
  let [begin, end] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const { from, to } of all) {
    if (from < begin) begin = from;
    if (to > end) end = to;
  }
  const domain = all.length === 0 ? undefined : ([begin, end] as const);
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
      ...(spans.length > 0
        ? [listed(spans, 'span', ({ from, to }) => ` ${formatNumber(from)} to ${formatNumber(to)}`)]
        : []),
      ...(events.length > 0 ? [listed(events, 'event', ({ from }) => ` ${formatNumber(from)}`)] : []),
    ];
    return `${name}: ${parts.length === 0 ? 'nothing' : parts.join(', ')}`;
  });
  const count = lanes.length === 1 ? 'One lane' : `${countText(lanes.length)} lanes`;
  const where =
    domain === undefined ? ', nothing has a place' : ` from ${domain.map((end) => formatNumber(end)).join(' to ')}`;
  const left = lanes.length > MOST_TOLD ? [`And ${countText(lanes.length - MOST_TOLD)} lanes more`] : [];
  return [`${count} of ${xLabel}${where}`, ...told, ...left, ...more].map((sentence) => `${sentence}.`).join(' ');
}

function listed(all: Lane['spans'], kind: string, text: (span: Span) => string): string {
  const known: Span[] = [];
  for (const span of all) if (isPlaced(span) && known.push(span) > MOST_TOLD) break;
  const told = known.slice(0, MOST_TOLD).map((span) => (span.name + text(span)).trim());
  const more = known.length > MOST_TOLD ? ', …' : '';
  const list = told.length === 0 ? '' : ` (${told.join(', ')}${more})`;
  return `${countText(all.length)} ${kind}${all.length === 1 ? '' : 's'}${list}`;
}
