/** The course as a file; scripts/zip.mjs makes it of the built site. */
export const COURSE_ZIP = '/weightkit-course.zip';
/** What stands behind the link; scripts/zip.mjs puts the size of the file in its place. */
export const ZIP_SIZE = 'a zip, not measured';
