/**
 * Figures of weights and training as SVG, HTML and PNG from plain data, the same bytes in Node and in the browser.
 *
 * @module
 */

export type { AxisOptions } from './charts/axis-options.ts';
export {
  type BandChartData,
  type BandChartOptions,
  bandChart,
  type EdgeBand,
  type RunBand,
} from './charts/band-chart.ts';
export {
  type CoefficientPath,
  type CoefficientPathsData,
  type CoefficientPathsOptions,
  coefficientPaths,
  type PathGroups,
} from './charts/coefficient-paths.ts';
export { type ConfusionMatrixData, type ConfusionMatrixOptions, confusionMatrix } from './charts/confusion-matrix.ts';
export {
  type ContourChartOptions,
  type ContourData,
  type ContourPath,
  contourChart,
} from './charts/contour-chart.ts';
export {
  type ClassPoint,
  type DecisionBoundaryData,
  type DecisionBoundaryOptions,
  decisionBoundary,
} from './charts/decision-boundary.ts';
export { type FilterGridData, type FilterGridOptions, type FilterGroups, filterGrid } from './charts/filter-grid.ts';
export {
  type GradientFlowData,
  type GradientFlowOptions,
  gradientFlow,
  type LayerGradient,
} from './charts/gradient-flow.ts';
export type { GridPlaces } from './charts/grid.ts';
export { type HeatmapData, type HeatmapOptions, heatmap } from './charts/heatmap.ts';
export {
  type HistogramChartOptions,
  type HistogramCurve,
  type HistogramData,
  histogramChart,
} from './charts/histogram-chart.ts';
export {
  type HistogramHeatmapData,
  type HistogramHeatmapOptions,
  histogramHeatmap,
} from './charts/histogram-heatmap.ts';
export {
  type Importance,
  type ImportanceChartData,
  type ImportanceChartOptions,
  importanceChart,
} from './charts/importance-chart.ts';
export { type LayerChartOptions, type LayerValues, layerChart } from './charts/layer-chart.ts';
export { type LineChartOptions, lineChart } from './charts/line-chart.ts';
export type { LineSeries } from './charts/lines.ts';
export { type MaskChartOptions, maskChart } from './charts/mask-chart.ts';
export type { NetworkData, NetworkLayer, NetworkUnit } from './charts/network.ts';
export { type NetworkGraphOptions, networkGraph } from './charts/network-graph.ts';
export { type PairedDotsData, type PairedDotsOptions, type PairedRow, pairedDots } from './charts/paired-dots.ts';
export {
  type ParetoChartData,
  type ParetoChartOptions,
  type ParetoPoint,
  paretoChart,
} from './charts/pareto-chart.ts';
export {
  type QuantizationGridData,
  type QuantizationGridOptions,
  quantizationGrid,
} from './charts/quantization-grid.ts';
export { type Ridge, type RidgelineData, type RidgelineOptions, ridgeline } from './charts/ridgeline.ts';
export {
  type RunEvent,
  type RunLane,
  type RunSpan,
  type RunTimelineData,
  type RunTimelineOptions,
  runTimeline,
} from './charts/run-timeline.ts';
export { type ShapeChartData, type ShapeChartOptions, type ShapeMatrix, shapeChart } from './charts/shape-chart.ts';
export {
  type LayerActivations,
  type SimilarityMatrixData,
  type SimilarityMatrixOptions,
  similarityMatrix,
} from './charts/similarity-matrix.ts';
export { type SizeChartOptions, type SizeStage, sizeChart } from './charts/size-chart.ts';
export {
  type LinePanel,
  type SmallMultiplesData,
  type SmallMultiplesOptions,
  smallMultiples,
} from './charts/small-multiples.ts';
export {
  type Spectrum,
  type SpectrumChartData,
  type SpectrumChartOptions,
  spectrumChart,
  type TailFit,
} from './charts/spectrum-chart.ts';
export type { MatrixScheme } from './marks/color-scale.ts';
export type { HeatScheme } from './marks/colors.ts';
export type { DrawingOptions, Figure, SvgOptions } from './marks/figure.ts';
export type { FigureJson } from './marks/figure-json.ts';
export type { FigureOptions } from './marks/options.ts';
export type { LooseTable, Table } from './marks/table.ts';
export type { MatrixValues } from './marks/tensor.ts';
export { darkTheme } from './marks/theme.ts';
export type { AxisScale } from './marks/ticks.ts';
export type { ChartValue } from './marks/values.ts';
export type { Interaction } from './page/attach.ts';
export { interactive } from './page/interactive.ts';
export type { PngOptions } from './platform/png-options.ts';
export type { ReportSection } from './report/items.ts';
export { type ReportOptions, report } from './report/report.ts';
