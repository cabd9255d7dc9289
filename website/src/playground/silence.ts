/** A program that says nothing for so many seconds is ended: it may never end by itself. */
export const SILENT_SECONDS = 60;
