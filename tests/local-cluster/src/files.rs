//! Writing the many small files of a cluster, with errors that name the file.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::Error;

/// Makes the missing directories above it, too. Only the owner may read it.
pub(crate) fn write(path: &Path, text: impl AsRef<[u8]>) -> Result<(), Error> {
    let write = || {
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(path, text.as_ref())?;
        fs::set_permissions(path, fs::Permissions::from_mode(0o600))
    };
    write().map_err(|error| Error::of(format!("could not write {}", path.display()), error))
}

pub(crate) fn create_directory(path: &Path) -> Result<(), Error> {
    fs::create_dir_all(path)
        .map_err(|error| Error::of(format!("could not make {}", path.display()), error))
}

pub(crate) fn read(path: &Path) -> Result<String, Error> {
    fs::read_to_string(path)
        .map_err(|error| Error::of(format!("could not read {}", path.display()), error))
}
