/** Lets others run: timers, and with them what stops a long call. */
export const breathe = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));
