//! Ready-made parts of a [`Platform`](crate::Platform).
