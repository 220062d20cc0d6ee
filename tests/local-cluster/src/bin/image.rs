//! `cargo image`: kubeblame's image as an OCI archive, without a daemon.
//!
//! Builds both programs statically with the profile `dist` and puts them into one layer,
//! as the Dockerfile does. `ctr images import`, `podman load`, `skopeo copy oci-archive:…`
//! and `kind load image-archive` read the archive.
//!
//! `--arch arm64` on another machine links with Rust's own linker and musl; only the C in
//! `ring` needs a compiler for that architecture.

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
const USAGE: &str = "cargo image [--arch amd64|arm64] [--name NAME] [--output FILE]";

/// An architecture, by all its names.
struct Arch {
    /// As images and Kubernetes name it.
    image: &'static str,
    /// As Rust does.
    rust: &'static str,
    /// As ELF does, in the field `e_machine`.
    elf: u16,
}

const ARCHES: [Arch; 2] = [
    Arch { image: "amd64", rust: "x86_64", elf: 0x3e },
    Arch { image: "arm64", rust: "aarch64", elf: 0xb7 },
];

impl Arch {
    fn named(name: &str) -> Result<&'static Self, String> {
        let is_it = |arch: &&Self| arch.image == name || arch.rust == name;
        ARCHES.iter().find(is_it).ok_or_else(|| format!("{name} is no known architecture\n{USAGE}"))
    }

    fn is_own(&self) -> bool {
        self.rust == env::consts::ARCH
    }

    /// What it is compiled for: musl elsewhere, since its start files come with Rust.
    fn target(&self) -> String {
        let libc = if self.is_own() { "gnu" } else { "musl" };
        format!("{}-unknown-linux-{libc}", self.rust)
    }

    /// The settings of a cross build that nobody has made otherwise: variable and value.
    fn cross(&self) -> Vec<(String, String)> {
        if self.is_own() {
            return Vec::new();
        }
        let target = self.target().replace('-', "_");
        let linker = format!("CARGO_TARGET_{}_LINKER", target.to_uppercase());
        [
            (format!("CC_{target}"), format!("{}-linux-gnu-gcc", self.rust)),
            (linker, "rust-lld".into()),
        ]
        .into_iter()
        .filter(|(variable, _)| env::var_os(variable).is_none())
        .collect()
    }

    /// Whether a program is for it: an ELF file says so in its first bytes.
    fn runs(&self, program: &[u8]) -> bool {
        program.starts_with(b"\x7fELF") && program.get(18..20) == Some(&self.elf.to_le_bytes()[..])
    }
}

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
    let mut arch = Arch::named(env::consts::ARCH)?;
    let mut name = format!("localhost/kubeblame:{}", env!("CARGO_PKG_VERSION"));
    let mut output = target_directory.join("kubeblame-image.tar");
    let mut words = env::args().skip(1);
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or_else(|| format!("{word} needs a value\n{USAGE}"));
        match word.as_str() {
            "--arch" => arch = Arch::named(&value()?)?,
            "--name" => name = value()?,
            "--output" => output = value()?.into(),
            _ => return Err(format!("{word} is no flag\n{USAGE}")),
        }
    }
    build(&root, &target_directory, arch)?;
    let programs = target_directory.join(arch.target()).join("dist");
    let archive = archive(&programs, arch, &name)?;
    std::fs::write(&output, &archive).map_err(|e| format!("{}: {e}", output.display()))?;
    println!("{} {} {name}", output.display(), mebibytes(archive.len()));
    Ok(())
}

fn build(root: &Path, target_directory: &Path, arch: &Arch) -> Result<(), String> {
    let target = arch.target();
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["build", "--quiet", "--locked", "--package", "kubeblame", "--profile", "dist"]);
    for program in PROGRAMS {
        cargo.args(["--bin", program]);
    }
    let status = cargo
        .args(["--target", &target])
        .arg("--target-dir")
        .arg(target_directory)
        .current_dir(root)
        .envs(arch.cross())
        // musl is static by itself; of glibc it must be asked.
        .env("RUSTFLAGS", "-C target-feature=+crt-static")
        .status()
        .map_err(|error| format!("could not run cargo: {error}"))?;
    if status.success() {
        return Ok(());
    }
    let needs = if arch.is_own() {
        String::new()
    } else {
        let (name, rust) = (arch.image, arch.rust);
        format!(
            "; {name} needs `rustup target add {target}` and {rust}-linux-gnu-gcc (Debian: gcc-{rust}-linux-gnu)"
        )
    };
    Err(format!("the programs could not be built{needs}"))
}

fn archive(programs: &Path, arch: &Arch, name: &str) -> Result<Vec<u8>, String> {
    let failed = |error: std::io::Error| error.to_string();
    let mut layer = tar::Builder::new(Vec::new());
    for program in PROGRAMS {
        let file = programs.join(program);
        let content = std::fs::read(&file).map_err(|e| format!("{}: {e}", file.display()))?;
        println!("{program}: {}", mebibytes(content.len()));
        if !arch.runs(&content) {
            return Err(format!("{program} is no program for {}", arch.image));
        }
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
    layout.image(name, arch.image, &config, &[&layer]).map_err(failed)?;
    layout.finish().map_err(failed)
}

fn mebibytes(bytes: usize) -> String {
    let tenths = bytes * 10 / (1 << 20);
    format!("{}.{} MiB", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_known_to_be_of_its_architecture() {
        let own = std::fs::read(env::current_exe().expect("a program")).expect("it can be read");
        let runs: Vec<&str> = ARCHES.iter().filter(|a| a.runs(&own)).map(|a| a.rust).collect();
        assert_eq!(runs, [env::consts::ARCH]);
        assert!(!ARCHES[0].runs(b"#!/bin/sh") && !ARCHES[0].runs(b""));
    }

    #[test]
    fn another_architecture_is_built_with_musl_and_a_linker_that_knows_it() {
        for arch in &ARCHES {
            assert_eq!(arch.target().ends_with("musl"), !arch.is_own());
            assert_eq!(arch.cross().is_empty(), arch.is_own());
        }
        assert!(Arch::named("riscv64").is_err());
    }
}
