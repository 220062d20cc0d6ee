//! The images of a cluster: OCI layouts with one static program in them.
//!
//! Every image has two layers. The program's is shared; the other holds only the
//! image's tag, which makes the digests differ: of two tags with one digest the
//! kubelet would report the first for both.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::Error;
use crate::assets::Assets;

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
        _ = stdin.write_all(&archive);
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
    let mut index = Vec::new();
    for (name, content) in images {
        let own = layout.layer(&content_layer(content)?)?;
        index.push(layout.image(name, &[&base, &own])?);
    }
    let index = json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": index });
    layout.file("index.json", index.to_string().as_bytes())?;
    layout.file("oci-layout", br#"{"imageLayoutVersion":"1.0.0"}"#)?;
    layout.tar.into_inner()
}

const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
const LAYER: &str = "application/vnd.oci.image.layer.v1.tar";

/// An OCI image layout in the making.
struct Layout {
    tar: tar::Builder<Vec<u8>>,
}

impl Default for Layout {
    fn default() -> Self {
        Self { tar: tar::Builder::new(Vec::new()) }
    }
}

/// A blob's descriptor.
struct Blob {
    digest: String,
    size: usize,
}

impl Blob {
    fn describe(&self, media_type: &str) -> Value {
        json!({ "mediaType": media_type, "digest": self.digest, "size": self.size })
    }
}

impl Layout {
    fn file(&mut self, path: &str, content: &[u8]) -> std::io::Result<()> {
        append(&mut self.tar, path, 0o644, content)
    }

    fn blob(&mut self, content: &[u8]) -> std::io::Result<Blob> {
        let mut hex = String::new();
        for byte in Sha256::digest(content) {
            _ = write!(hex, "{byte:02x}");
        }
        self.file(&format!("blobs/sha256/{hex}"), content)?;
        Ok(Blob { digest: format!("sha256:{hex}"), size: content.len() })
    }

    fn layer(&mut self, content: &[u8]) -> std::io::Result<Blob> {
        self.blob(content)
    }

    /// Adds an image of uncompressed layers; returns its entry in the index.
    fn image(&mut self, name: &str, layers: &[&Blob]) -> std::io::Result<Value> {
        let command: &[&str] = if name == "localhost/pause:1" {
            &["/bin/workload", "pause"]
        } else {
            &["/bin/workload"]
        };
        let config = json!({
            "architecture": architecture(),
            "os": "linux",
            "config": { "Entrypoint": command, "Env": ["PATH=/bin"] },
            "rootfs": {
                "type": "layers",
                "diff_ids": layers.iter().map(|layer| &layer.digest).collect::<Vec<_>>(),
            },
        });
        let config = self.blob(config.to_string().as_bytes())?;
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": config.describe(CONFIG),
            "layers": layers.iter().map(|layer| layer.describe(LAYER)).collect::<Vec<_>>(),
        });
        let mut entry = self.blob(manifest.to_string().as_bytes())?.describe(MANIFEST);
        entry["annotations"] = json!({ "io.containerd.image.name": name });
        Ok(entry)
    }
}

/// Go's name of this machine's architecture, as images use it.
fn architecture() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    }
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

/// Without times and owners, so that the same image has the same digest everywhere.
fn append(
    tar: &mut tar::Builder<Vec<u8>>,
    path: &str,
    mode: u32,
    content: &[u8],
) -> std::io::Result<()> {
    let mut header = tar::Header::new_gnu();
    header.set_mode(mode);
    header.set_size(content.len() as u64);
    tar.append_data(&mut header, path, content)
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

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
