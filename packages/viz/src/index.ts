/**
 * Figures of weights and training as SVG, HTML and PNG from plain data, the same bytes in Node and in the browser.
 *
 * @module
 */

export type { HeatScheme } from './colors.ts';
export type { Figure, SvgOptions } from './figure.ts';
export {
  type HistogramChartOptions,
  type HistogramCurve,
  type HistogramData,
  histogramChart,
} from './histogram-chart.ts';
export { type HistogramHeatmapData, type HistogramHeatmapOptions, histogramHeatmap } from './histogram-heatmap.ts';
export { type LayerChartOptions, type LayerValues, layerChart } from './layer-chart.ts';
export { type LineChartOptions, type LineSeries, lineChart } from './line-chart.ts';
export type { FigureOptions } from './options.ts';
export type { PngOptions } from './png-options.ts';
export { type ReportOptions, type ReportSection, report } from './report.ts';
export { type SizeChartOptions, type SizeStage, sizeChart } from './size-chart.ts';
export type { LooseTable, Table } from './table.ts';
export type { AxisScale } from './ticks.ts';
export type { ChartValue } from './values.ts';
