//! The completion scripts in the shells that they are for: each is loaded, and completes.

use std::fs;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::Command;

/// Writes a shell's script; gives its path.
fn script(shell: &str) -> PathBuf {
    let output = Command::new(env!("CARGO_BIN_EXE_kubectl-blame"))
        .args(["completion", shell])
        .output()
        .expect("the plugin runs");
    assert!(output.status.success(), "{output:?}");
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("completion.{shell}"));
    fs::write(&path, output.stdout).expect("a file");
    path
}

/// What a shell says of a program; `None`, said aloud, where there is no such shell.
fn says(shell: &str, flags: &[&str], program: &str) -> Option<String> {
    let script = script(shell);
    // A shell that waits for a terminal would wait for ever.
    let mut command = Command::new("timeout");
    command.args(["120", shell]).args(flags).args(["-c", program, "test"]).arg(&script);
    // The scripts ask the program by its name; there is no cluster.
    let programs = PathBuf::from(env!("CARGO_BIN_EXE_kubectl-blame"));
    let mut path = programs.parent().expect("a folder").as_os_str().to_owned();
    path.push(":");
    path.push(std::env::var_os("PATH").unwrap_or_default());
    command.env("PATH", path).env("TERM", "dumb").env("KUBECONFIG", "/nowhere");
    let output = command.output().expect("timeout runs");
    if output.status.code() == Some(127) {
        assert!(std::env::var_os("CI").is_none(), "there is no {shell}");
        // Written past the harness, which shows no words of a test that passes.
        let mut out = std::io::stderr().lock();
        _ = writeln!(out, "NOT RUN: completion in {shell}: there is no {shell}");
        return None;
    }
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(output.status.success(), "{shell}: {}: {said}", output.status);
    Some(said)
}

#[test]
fn bash_completes_commands_flags_and_values() {
    let program = r#"source "$1"
        completed() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _kubectl_blame; echo "${COMPREPLY[@]}"; }
        completed kubectl-blame hist
        completed kubectl-blame wait --fail
        completed kubectl-blame completion p
        complete -p kubectl-blame"#;
    let Some(said) = says("bash", &["--norc"], program) else { return };
    let expected =
        ["history", "--fail-mode", "powershell", "complete -F _kubectl_blame kubectl-blame"];
    assert_eq!(said.lines().collect::<Vec<_>>(), expected);
}

#[test]
fn fish_completes_commands_flags_and_values() {
    let program = r#"source "$argv[2]"
        complete -C "kubectl-blame hist"
        complete -C "kubectl-blame wait --fail"
        complete -C "kubectl-blame completion p""#;
    let Some(said) = says("fish", &["--no-config"], program) else { return };
    assert!(said.contains("history\tThe revisions"), "{said}");
    assert!(said.contains("--fail-mode\t") && said.contains("powershell"), "{said}");
    assert!(!said.contains(":4"), "{said}");
}

#[test]
fn zsh_completes_commands_flags_and_values() {
    // A shell in a terminal of its own, into which a tab is typed.
    let program = r#"zmodload zsh/zpty || exit 1
        completed() {
            zpty inner zsh -f -i
            zpty -w inner "PS1=; autoload -Uz compinit; compinit -u -D; source $1; print LOA''DED"
            zpty -r inner heard '*LOADED*'
            zpty -w -n inner "$2"$'\t'
            zpty -r inner heard "*$3*"; print -r -- "$heard"
            zpty -d inner
        }
        completed "$1" 'kubectl-blame hist' history
        completed "$1" 'kubectl-blame wait --fail' --fail-mode
        completed "$1" 'kubectl-blame completion p' powershell"#;
    let Some(said) = says("zsh", &["-f"], program) else { return };
    for word in ["history", "--fail-mode", "powershell"] {
        assert!(said.contains(word), "{said}");
    }
}
