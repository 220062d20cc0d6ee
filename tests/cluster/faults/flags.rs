//! Wrong flags, and no cluster behind them: one sentence, and the right end.

use super::ensure;
use super::process::Process;
use crate::bed::free_port;
use crate::{Failure, Outcome};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn run(arguments: &[&str]) -> Result<(Output, String), Failure> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kubeblame"));
    // Whoever asks for backtraces gets more than a sentence.
    command.args(arguments).env_remove("RUST_BACKTRACE").env_remove("RUST_LIB_BACKTRACE");
    let output = command.output()?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    Ok((output, said))
}

/// A wrong flag or value ends it at once with 2, and names the flag.
pub(super) fn wrong_flags() -> Outcome {
    for (flag, value) in [
        ("--no-such-flag", "x"),
        ("--workers", "0"),
        ("--watch-namespaces", "not_a_namespace"),
        ("--metrics-bind-address", "nowhere"),
        ("--log-level", "info,=="),
    ] {
        let (output, said) = run(&[flag, value])?;
        ensure(output.status.code() == Some(2) && said.contains(flag), || {
            format!("{flag} {value} ended with {}: {said}", output.status)
        })?;
    }
    for flag in ["--help", "--version"] {
        let (output, said) = run(&[flag])?;
        let is_answered = output.status.success() && said.is_empty() && !output.stdout.is_empty();
        ensure(is_answered, || format!("{flag} ended with {}: {said}", output.status))?;
    }
    Ok(())
}

/// A kubeconfig that is not there ends it with 1 and one sentence that names the file.
pub(super) fn missing_kubeconfig() -> Outcome {
    let (output, said) = run(&["--kubeconfig", "/nowhere/kubeconfig"])?;
    let sentences = said.lines().filter(|line| line.contains("/nowhere/kubeconfig")).count();
    ensure(output.status.code() == Some(1) && sentences == 1 && said.lines().count() == 1, || {
        format!("it ended with {} and said: {said}", output.status)
    })
}

/// Nobody answers: it says so once, with the address, goes on trying, and ends when asked.
pub(super) fn unreachable() -> Outcome {
    let address = format!("https://127.0.0.1:{}", free_port()?);
    let kubeconfig = Kubeconfig::of(&address)?;
    let mut process = Process::start(&kubeconfig.0)?;
    process.says(&["cannot reach the API server", &address])?;
    process.runs()?;
    let status = process.terminate()?;
    ensure(status.success(), || format!("it ended with {status}"))
}

/// A kubeconfig file that goes again.
struct Kubeconfig(PathBuf);

impl Kubeconfig {
    fn of(address: &str) -> Result<Self, Failure> {
        let name = format!("unreachable-{}.kubeconfig", std::process::id());
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let config = serde_json::json!({
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "c", "cluster": {"server": address}}],
            "users": [{"name": "u", "user": {"token": "none"}}],
            "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
            "current-context": "x",
        });
        std::fs::write(&path, config.to_string())?;
        Ok(Self(path))
    }
}

impl Drop for Kubeconfig {
    fn drop(&mut self) {
        _ = std::fs::remove_file(&self.0);
    }
}
