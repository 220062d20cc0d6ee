//! The images of a cluster: OCI layouts with one static program in them.
//!
//! Every image has two layers. The program's is shared; the other holds only the
//! image's tag, which makes the digests differ: of two tags with one digest the
//! kubelet would report the first for both.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::json;

use crate::Error;
use crate::assets::Assets;
use crate::oci::{Layout, append, architecture};

/// The images every full cluster starts with.
pub(crate) const INITIAL: &[&str] = &[
    "localhost/pause:1",
    "localhost/busybox:v1",
    "localhost/busybox:v2",
    "localhost/busybox:v3",
    "localhost/busybox:v4",
    "localhost/workload:v1",
    "localhost/workload:v2",
    "localhost/workload:v3",
];

/// Images as they are imported: name, and what makes the content its own.
pub(crate) fn import(assets: &Assets, socket: &Path, images: &[(&str, &str)]) -> Result<(), Error> {
    let program = assets.path("workload")?;
    let archive = archive(program, images)
        .map_err(|error| Error::of("could not write the images' archive", error))?;
    import_archive(assets, socket, &archive)
}

/// The images of an OCI archive.
pub(crate) fn import_archive(assets: &Assets, socket: &Path, archive: &[u8]) -> Result<(), Error> {
    let mut child = Command::new(assets.path("ctr")?)
        .arg("--address")
        .arg(socket)
        .args(["--namespace", "k8s.io", "images", "import", "--no-unpack=false", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| Error::of("could not run ctr", error))?;
    if let Some(mut stdin) = child.stdin.take() {
        // A failed write means that ctr has ended, and its words say why.
        _ = stdin.write_all(archive);
    }
    let output = child.wait_with_output().map_err(|error| Error::of("could not run ctr", error))?;
    if output.status.success() {
        return Ok(());
    }
    let reason = String::from_utf8_lossy(&output.stderr);
    Err(Error::of("could not import images", reason.trim()))
}

fn archive(program: &Path, images: &[(&str, &str)]) -> std::io::Result<Vec<u8>> {
    let mut layout = Layout::default();
    let base = layout.layer(&base_layer(&std::fs::read(program)?)?)?;
    for (name, content) in images {
        let own = layout.layer(&content_layer(content)?)?;
        let command: &[&str] = if *name == "localhost/pause:1" {
            &["/bin/workload", "pause"]
        } else {
            &["/bin/workload"]
        };
        let config = json!({ "Entrypoint": command, "Env": ["PATH=/bin"] });
        layout.image(name, architecture(), &config, &[&base, &own])?;
    }
    layout.finish()
}

fn base_layer(program: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut tar = tar::Builder::new(Vec::new());
    for directory in ["bin/", "etc/", "tmp/"] {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(tar::EntryType::Directory);
        header.set_mode(if directory == "tmp/" { 0o1777 } else { 0o755 });
        header.set_size(0);
        tar.append_data(&mut header, directory, std::io::empty())?;
    }
    append(&mut tar, "bin/workload", 0o755, program)?;
    // An image must be able to run as another user than root, by name.
    append(&mut tar, "etc/passwd", 0o644, b"root:x:0:0::/:\nnobody:x:65534:65534::/:\n")?;
    tar.into_inner()
}

fn content_layer(content: &str) -> std::io::Result<Vec<u8>> {
    let mut tar = tar::Builder::new(Vec::new());
    append(&mut tar, "etc/image-tag", 0o644, content.as_bytes())?;
    tar.into_inner()
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use serde_json::Value;

    use super::*;

    #[test]
    fn each_image_has_a_digest_of_its_own() -> std::io::Result<()> {
        let dir = std::env::temp_dir();
        let program = dir.join(format!("local-cluster-images-{}", std::process::id()));
        std::fs::write(&program, "a program")?;
        let archive = archive(&program, &[("localhost/a:1", "one"), ("localhost/a:2", "two")]);
        std::fs::remove_file(&program)?;

        let archive = archive?;
        let mut index = String::new();
        for entry in tar::Archive::new(archive.as_slice()).entries()? {
            let mut entry = entry?;
            if entry.path()?.as_os_str() == "index.json" {
                entry.read_to_string(&mut index)?;
            }
        }
        let index: Value = serde_json::from_str(&index)?;
        let manifests = index["manifests"].as_array().map(Vec::as_slice).unwrap_or_default();
        assert_eq!(manifests.len(), 2);
        assert_ne!(manifests[0]["digest"], manifests[1]["digest"]);
        assert_eq!(manifests[1]["annotations"]["io.containerd.image.name"], "localhost/a:2");
        Ok(())
    }
}
