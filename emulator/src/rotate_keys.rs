//! `countersign server rotate-keys`.

use countersign_server::keys::FormerKey;
use countersign_server::store::DataFolder;
use countersign_server::{Clock, Config, StoppedServer};
use serde::Serialize;

use crate::cli;
use crate::failure::Failure;
use crate::folders;
use crate::say::Voice;

pub(crate) fn run(options: cli::RotateKeys, voice: Voice) -> Result<(), Failure> {
    #[derive(Serialize)]
    #[serde(untagged)]
    enum Rotated {
        Phones { epoch: u32 },
        IdToken { kid: String },
    }
    let path = options.data.unwrap_or_else(|| folders::of_part("server", "--data", voice));
    let no_keys = || {
        Failure::Failed(format!(
            "{} contains no server keys: name the server's data folder with --data",
            path.display()
        ))
    };
    if !path.is_dir() {
        return Err(no_keys());
    }
    let folder = DataFolder::take(&path).map_err(Failure::of)?;
    let config = options.config.or_else(|| Some(folder.file("config.toml")).filter(|file| file.exists()));
    let config = config.map(|file| Config::load(&file)).transpose().map_err(Failure::of)?;
    let server = StoppedServer::open(folder, config, Clock::system()).map_err(Failure::of)?.ok_or_else(no_keys)?;
    let rotated = if options.id_token {
        let former = if options.withdraw { FormerKey::Withdrawn } else { FormerKey::Published };
        server.rotate_id_token_key(former).map_err(Failure::of)?;
        let kid = server.keys().id_token().public().thumbprint().to_string();
        voice.say(format!("Key {kid} signs ID tokens after the next start. Relying parties load it from the JWKS."));
        Rotated::IdToken { kid }
    } else {
        let epoch = server.rotate_keys().map_err(Failure::of)?;
        voice.say(format!("The next key signs after the next start (epoch {epoch}). Phones accept it automatically."));
        Rotated::Phones { epoch }
    };
    voice.say(format!(
        "Back up {} now: earlier copies contain a key that is no longer used.",
        server.folder().file("keys.json").display()
    ));
    voice.document(&rotated)
}
