//! A real server and real device cores in one process, over real HTTP: what happens when things go wrong between them.

mod bank;
mod bindings;
mod damage;
mod fingers;
mod handset;
mod leaving;
mod log;
mod restarts;
mod secrets;
mod two_phones;
