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
#[derive(Debug, Default)]
struct Wishes {
    keep: bool,
    context: Option<String>,
}

fn main() -> ExitCode {
    let outcome = match wishes() {
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

fn wishes() -> Result<Option<Wishes>, Error> {
    let mut wishes = Wishes::default();
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            "--keep" => wishes.keep = true,
            "--context" => {
                let name = words.next().ok_or_else(|| Error::new("--context needs a name"))?;
                wishes.context = Some(name);
            }
            "--help" | "-h" => return Ok(None),
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
