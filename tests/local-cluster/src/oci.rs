//! OCI image layouts, written without a daemon: the same input gives the same digests.

use std::fmt::Write as _;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
const LAYER: &str = "application/vnd.oci.image.layer.v1.tar";

/// An OCI image layout in the making.
pub struct Layout {
    tar: tar::Builder<Vec<u8>>,
    index: Vec<Value>,
}

impl Default for Layout {
    fn default() -> Self {
        Self { tar: tar::Builder::new(Vec::new()), index: Vec::new() }
    }
}

/// A blob's descriptor.
#[derive(Debug)]
pub struct Blob {
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

    /// Adds a layer: an uncompressed tar archive.
    ///
    /// # Errors
    /// Never, as long as memory lasts: the archive is written there.
    pub fn layer(&mut self, content: &[u8]) -> std::io::Result<Blob> {
        self.blob(content)
    }

    /// Adds an image of uncompressed layers, with the `config` that it runs by.
    ///
    /// # Errors
    /// Never, as long as memory lasts: the archive is written there.
    pub fn image(
        &mut self,
        name: &str,
        architecture: &str,
        config: &Value,
        layers: &[&Blob],
    ) -> std::io::Result<()> {
        let config = json!({
            "architecture": architecture,
            "os": "linux",
            "config": config,
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
        entry["platform"] = json!({ "architecture": architecture, "os": "linux" });
        entry["annotations"] = json!({
            "io.containerd.image.name": name,
            "org.opencontainers.image.ref.name": name,
        });
        self.index.push(entry);
        Ok(())
    }

    /// The whole layout as a tar archive.
    ///
    /// # Errors
    /// Never, as long as memory lasts: the archive is written there.
    pub fn finish(mut self) -> std::io::Result<Vec<u8>> {
        let index = json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": self.index });
        self.file("index.json", index.to_string().as_bytes())?;
        self.file("oci-layout", br#"{"imageLayoutVersion":"1.0.0"}"#)?;
        self.tar.into_inner()
    }
}

/// Go's name of this machine's architecture, as images use it.
#[must_use]
pub fn architecture() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    }
}

/// Adds a file without times and owners, so that the same image has the same digest everywhere.
///
/// # Errors
/// Never, as long as memory lasts: the archive is written there.
pub fn append(
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
