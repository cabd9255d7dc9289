import type { LiveView, Told } from '../../../lessons/freezing/live.ts';

/** What the page asks of the worker in which networks train. */
export type LiveRequest =
  | { type: 'open'; base: string }
  | { type: 'train'; on: boolean }
  | { type: 'toggle'; part: number }
  | { type: 'move' }
  | { type: 'again' };

/** What the worker says. */
export type LiveReply =
  | { type: 'view'; view: LiveView }
  | { type: 'moved'; told: Told | undefined }
  | { type: 'failed'; message: string };
