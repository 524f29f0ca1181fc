/* oxlint-disable -- plain JavaScript that jest loads as it is, without types */
/** A counterexample need not be small to show that a break was noticed; shrinking it would take most of the time. */
require('fast-check').configureGlobal({ endOnFailure: true });
