//! `cargo image`: kubeblame's image as an OCI archive, without a daemon.
//!
//! Builds both programs statically with the profile `dist` and puts them into one layer,
//! as the Dockerfile does. `ctr images import`, `podman load`, `skopeo copy oci-archive:…`
//! and `kind load image-archive` read the archive.

use local_cluster::oci::{Layout, append};
use serde_json::json;
use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// Both programs, as they lie in the image.
const PROGRAMS: [&str; 2] = ["kubeblame", "kubectl-blame"];
/// The most that the image may take, uncompressed (docs/install.md).
const MAX_BYTES: usize = 25 << 20;
/// The most that the plugin may take by itself, which people download.
const MAX_PLUGIN_BYTES: usize = 10 << 20;
const USAGE: &str = "cargo image [--target TRIPLE] [--name NAME] [--output FILE]";

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("image: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let target_directory =
        env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    let mut target = format!("{}-unknown-linux-gnu", env::consts::ARCH);
    let mut name = format!("localhost/kubeblame:{}", env!("CARGO_PKG_VERSION"));
    let mut output = target_directory.join("kubeblame-image.tar");
    let mut words = env::args().skip(1);
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or_else(|| format!("{word} needs a value\n{USAGE}"));
        match word.as_str() {
            "--target" => target = value()?,
            "--name" => name = value()?,
            "--output" => output = value()?.into(),
            _ => return Err(format!("{word} is no flag\n{USAGE}")),
        }
    }
    build(&root, &target_directory, &target)?;
    let programs = target_directory.join(&target).join("dist");
    let archive = archive(&programs, &target, &name)?;
    std::fs::write(&output, &archive).map_err(|e| format!("{}: {e}", output.display()))?;
    println!("{} {} {name}", output.display(), mebibytes(archive.len()));
    Ok(())
}

fn build(root: &Path, target_directory: &Path, target: &str) -> Result<(), String> {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["build", "--quiet", "--locked", "--package", "kubeblame", "--profile", "dist"]);
    for program in PROGRAMS {
        cargo.args(["--bin", program]);
    }
    let status = cargo
        .args(["--target", target])
        .arg("--target-dir")
        .arg(target_directory)
        .current_dir(root)
        // musl is static by itself; of glibc it must be asked.
        .env("RUSTFLAGS", "-C target-feature=+crt-static")
        .status()
        .map_err(|error| format!("could not run cargo: {error}"))?;
    if status.success() { Ok(()) } else { Err("the programs could not be built".to_owned()) }
}

fn archive(programs: &Path, target: &str, name: &str) -> Result<Vec<u8>, String> {
    let failed = |error: std::io::Error| error.to_string();
    let mut layer = tar::Builder::new(Vec::new());
    for program in PROGRAMS {
        let file = programs.join(program);
        let content = std::fs::read(&file).map_err(|e| format!("{}: {e}", file.display()))?;
        println!("{program}: {}", mebibytes(content.len()));
        if program == "kubectl-blame" && content.len() > MAX_PLUGIN_BYTES {
            return Err(format!("{program} has more than {}", mebibytes(MAX_PLUGIN_BYTES)));
        }
        append(&mut layer, program, 0o755, &content).map_err(failed)?;
    }
    let users = b"nonroot:x:65532:65532::/:\n";
    append(&mut layer, "etc/passwd", 0o644, users).map_err(failed)?;
    let layer = layer.into_inner().map_err(failed)?;
    if layer.len() > MAX_BYTES {
        return Err(format!("the image has {} bytes, more than {MAX_BYTES}", layer.len()));
    }
    let architecture = match target.split('-').next() {
        Some("x86_64") => "amd64",
        Some("aarch64") => "arm64",
        other => return Err(format!("no image for {}", other.unwrap_or_default())),
    };
    let config = json!({
        "User": "65532:65532",
        "Entrypoint": ["/kubeblame"],
        "Env": ["PATH=/"],
        "Labels": {
            "org.opencontainers.image.title": "kubeblame",
            "org.opencontainers.image.description":
                "Which change, by whom, broke which container",
            "org.opencontainers.image.version": env!("CARGO_PKG_VERSION"),
            "org.opencontainers.image.licenses": "Apache-2.0",
        },
    });
    let mut layout = Layout::default();
    let layer = layout.layer(&layer).map_err(failed)?;
    layout.image(name, architecture, &config, &[&layer]).map_err(failed)?;
    layout.finish().map_err(failed)
}

fn mebibytes(bytes: usize) -> String {
    let tenths = bytes * 10 / (1 << 20);
    format!("{}.{} MiB", tenths / 10, tenths % 10)
}
