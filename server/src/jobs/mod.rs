//! Jobs: work that runs beside the calls and survives a restart.
//!
//! | file | work |
//! |---|---|
//! | `pushes` | sends the pushes of the outbox |
//! | `sweep` | deletes expired rows |

pub(crate) mod pushes;
pub(crate) mod sweep;
