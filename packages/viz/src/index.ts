/**
 * Figures of weights and training as SVG, HTML and PNG from plain data, the same bytes in Node and in the browser.
 *
 * @module
 */

export type { AxisScale } from './axes.ts';
export type { HeatScheme } from './colors.ts';
export type { Figure, PngOptions, SvgOptions } from './figure.ts';
export {
  type HistogramChartOptions,
  type HistogramCurve,
  type HistogramData,
  histogramChart,
} from './histogramChart.ts';
export { type HistogramHeatmapData, type HistogramHeatmapOptions, histogramHeatmap } from './histogramHeatmap.ts';
export { type LayerChartOptions, type LayerValues, layerChart } from './layerChart.ts';
export { type LineChartOptions, type LineSeries, lineChart } from './lineChart.ts';
export type { FigureOptions } from './options.ts';
export { type ReportOptions, type ReportSection, report } from './report.ts';
export { type SizeChartOptions, type SizeStage, sizeChart } from './sizeChart.ts';
export type { Table } from './table.ts';
