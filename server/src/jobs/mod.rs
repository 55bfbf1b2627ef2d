//! Jobs: work that runs beside the calls and survives a restart.
//!
//! | file | work |
//! |---|---|
//! | `pushes` | sends the pushes of the outbox |
//! | `sweep` | deletes expired rows |
//! | `last_run` | the time of the last run, for health checks |

pub(crate) mod last_run;
pub(crate) mod pushes;
pub(crate) mod sweep;
