//! `countersign server check`.

use countersign_server::keys::ServerKeys;
use countersign_server::store::{DataFolder, Store};
use serde::Serialize;

use crate::cli;
use crate::failure::Failure;
use crate::folders;
use crate::say::Voice;

pub(crate) async fn run(options: cli::Check, voice: Voice) -> Result<(), Failure> {
    #[derive(Serialize)]
    struct Checked {
        ok: bool,
    }
    let path = options.data.unwrap_or_else(|| folders::of_part("server", "--data", voice));
    if !path.join("countersign.db").exists() {
        return Err(Failure::Failed(format!(
            "{} contains no database: name a server's data folder with --data",
            path.display()
        )));
    }
    let folder = DataFolder::take(&path).map_err(Failure::of)?;
    Store::check(&folder).await.map_err(Failure::of)?;
    let keys = ServerKeys::load(&folder).map_err(Failure::of)?;
    if keys.is_none() {
        return Err(Failure::Failed(format!(
            "the database is valid, but {} is missing: a server cannot start without it if phones were added. Copy \
             it from the same backup",
            folder.file("keys.json").display()
        )));
    }
    voice.say("The database and the keys are valid.");
    voice.document(&Checked { ok: true })
}
