import * as Plot from '@observablehq/plot';
import type { Axis } from './axis.ts';
import { guessWidth } from './text.ts';

// All that Plot hears of an axis is places from 0 to 1.
const places = ({ ticks, place }: Axis) => ticks.map(place);
const labels = ({ ticks, place, format }: Axis) => {
  const texts = new Map(ticks.map((tick) => [place(tick), format(tick)]));
  return (at: number) => texts.get(at)!;
};

/** The scale of an axis for Plot. */
export const scaleOf = (reverse = false): Plot.ScaleOptions => ({
  type: 'linear',
  domain: [0, 1],
  ...(reverse ? { reverse } : {}),
});

/** Room at the left for the numbers of a y axis. */
export function leftMargin({ ticks, format }: Axis): number {
  return Math.ceil(Math.max(20, ...ticks.map((tick) => guessWidth(format(tick), 12))) + 20);
}

const grid = { stroke: '#e3e3e3', strokeOpacity: 1 };

/** The x axis at the bottom: its numbers, its name centered below them and, if asked for, light grid lines. */
export function xAxis(axis: Axis, label: string) {
  return Plot.axisX({
    ticks: places(axis),
    anchor: 'bottom',
    tickFormat: labels(axis),
    label,
    labelAnchor: 'center',
    labelArrow: 'none',
    labelOffset: 36,
    tickSize: 4,
  });
}

/** The y axis at the left: its numbers and its name, level, above them and in line with the title. */
export function yAxis(axis: Axis, label: string, raise = 0) {
  const name = Plot.text([label], {
    frameAnchor: 'top-left',
    textAnchor: 'start',
    dx: 16 - leftMargin(axis),
    dy: -24 - raise,
    fill: '#333',
  });
  return [
    Plot.axisY({
      ticks: places(axis),
      anchor: 'left',
      tickFormat: labels(axis),
      label: null,
      tickSize: 0,
      tickPadding: 6,
    }),
    name,
  ];
}

/** Light lines across the plot at the ticks of x. */
export const xGrid = (axis: Axis) => Plot.gridX({ ticks: places(axis), ...grid });

/** Light lines across the plot at the ticks of y. */
export const yGrid = (axis: Axis) => Plot.gridY({ ticks: places(axis), ...grid });

/** A line along the bottom of the plot. */
export const baseline = () => Plot.frame({ anchor: 'bottom', stroke: '#888' });
