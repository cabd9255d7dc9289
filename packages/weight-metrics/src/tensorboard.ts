/**
 * Event files that TensorBoard reads, written without TensorFlow: scalars, histograms, images and text, from a watched training or
 * one by one. Bytes go in and out, so that it works in Node and in pages.
 *
 * @module
 */

export type {
  EventHistogram,
  EventTime,
  HistogramEvent,
  ImageEvent,
  ScalarEvent,
  TensorboardEvent,
  TextEvent,
} from './tensorboard/event.ts';
export { type EventFileOptions, eventFile, eventFileName, eventRecord } from './tensorboard/event-file.ts';
export { type HistoryEventsOptions, historyEvents } from './tensorboard/history-events.ts';
