/* oxlint-disable -- plain JavaScript that jest loads as it is, without types */
/** The one break that is planted now: `{ file, start, end, text }`, or undefined. The runner sets it, the transform reads it. */
module.exports = { current: undefined };
