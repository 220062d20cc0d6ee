//! `cargo demo`: a real Deployment breaks on a real Kubernetes, and its `BlameReport`
//! says which change did it.
//!
//! Commands and answers go to stdout, progress to stderr.

mod home;
mod screen;
mod story;

use home::{Home, HowToEnd};
use local_cluster::Error;
use std::process::ExitCode;

const USAGE: &str = "\
cargo demo                       on a local cluster, which is gone afterwards
cargo demo -- --keep             leaves everything up, and prints the line to paste
cargo demo -- --context NAME     on the cluster of this kubeconfig context, in namespace kubeblame-demo";

/// What was asked for.
#[derive(Debug, Default, PartialEq, Eq)]
struct Wishes {
    keep: bool,
    context: Option<String>,
}

fn main() -> ExitCode {
    let outcome = match wishes(std::env::args().skip(1)) {
        Ok(Some(wishes)) => demo(&wishes),
        Ok(None) => {
            println!("{USAGE}");
            Ok(())
        }
        Err(error) => Err(error),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("demo: {error}");
            ExitCode::FAILURE
        }
    }
}

fn wishes(mut words: impl Iterator<Item = String>) -> Result<Option<Wishes>, Error> {
    let mut wishes = Wishes::default();
    while let Some(word) = words.next() {
        match word.as_str() {
            "--keep" => wishes.keep = true,
            "--context" => {
                let name = words.next().ok_or_else(|| Error::new("--context needs a name"))?;
                wishes.context = Some(name);
            }
            "--help" | "-h" => return Ok(None),
            // The alias ends with one already, so that `cargo demo --keep` works too.
            "--" => {}
            _ => return Err(Error::new(format!("unknown flag {word}; usage:\n{USAGE}"))),
        }
    }
    Ok(Some(wishes))
}

fn demo(wishes: &Wishes) -> Result<(), Error> {
    home::end_on_ctrl_c()?;
    let home = match &wishes.context {
        None => Home::local()?,
        Some(context) => Home::of_context(context)?,
    };
    let told = story::tell(&home);
    if !wishes.keep {
        home::end();
        return told;
    }
    told?;
    let HowToEnd { paste, end } = home.keep()?;
    println!("\n{paste}");
    eprintln!("demo: paste that line to go on; this ends it: {end}");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(line: &str) -> Result<Option<Wishes>, String> {
        wishes(line.split_whitespace().map(str::to_owned)).map_err(|error| error.to_string())
    }

    #[test]
    fn flags_are_taken_with_and_without_dashes_before_them() {
        let keep = Wishes { keep: true, context: None };
        assert_eq!(of("-- --keep"), Ok(Some(keep)));
        let visit = Wishes { keep: true, context: Some("kind".to_owned()) };
        assert_eq!(of("--context kind --keep"), Ok(Some(visit)));
        assert_eq!(of("-h"), Ok(None));
        assert!(of("--kepe").is_err_and(|error| error.contains("--kepe")));
    }
}
