// A file of its own, so that it is all that is loaded of viz.
export { interactive } from '@weightkit/viz';
