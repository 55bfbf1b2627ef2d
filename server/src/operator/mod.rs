//! Commands of the operator to a running server. They list the suspended phones of all accounts or
//! the phones of one account, and they suspend, reinstate and remove a phone.
//!
//! A command is one JSON line over a socket in the data folder. Only the user of the server can
//! connect: the folder of the socket and the socket itself have no permissions for others. The
//! program `countersign server phones` sends the commands. Systems without Unix sockets do not
//! have this module.
//!
//! | file | content |
//! |---|---|
//! | `command` | the commands and their responses |
//! | `socket` | the socket of the server, and the client side of it |

mod command;
mod socket;

pub use command::{Command, Phone, Response};
pub use socket::{OperatorError, send};

pub(crate) use command::Operated;
pub(crate) use socket::{listen, serve};
