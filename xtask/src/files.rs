//! Files that are written only where they change, so that nothing is built again for them.

use std::io;
use std::path::Path;

/// Writes a file with its folders, and leaves it alone if it has this content already.
pub(crate) fn write_if_changed(path: &Path, content: &[u8]) -> io::Result<()> {
    if std::fs::read(path).is_ok_and(|there| there == content) {
        return Ok(());
    }
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(path, content)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_the_same_is_left_alone() {
        let folder = std::env::temp_dir().join(format!("countersign-files-{}", std::process::id()));
        let file = folder.join("deep").join("file");
        let written = || std::fs::metadata(&file).unwrap().modified().unwrap();
        write_if_changed(&file, b"one").unwrap();
        let old = std::time::SystemTime::UNIX_EPOCH;
        std::fs::File::options().write(true).open(&file).unwrap().set_modified(old).unwrap();
        write_if_changed(&file, b"one").unwrap();
        assert_eq!(written(), old);
        write_if_changed(&file, b"two").unwrap();
        assert_ne!(written(), old);
        assert_eq!(std::fs::read(&file).unwrap(), b"two");
        std::fs::remove_dir_all(folder).unwrap();
    }
}
