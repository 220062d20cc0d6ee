//! `local-cluster`: start and end a local Kubernetes by hand.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::mpsc;

use local_cluster::{Cluster, Error, Options, build_all};

const USAGE: &str = "\
local-cluster build                      build the programs, once
local-cluster up [--mode full|kwok|control-plane] [--kwok-nodes N] [--keep]
                                         start a cluster; without --keep it ends with Ctrl-C
local-cluster image DIR NAME CONTENT     give a kept cluster an image, or move its tag
local-cluster down DIR                   end a cluster that was kept";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let outcome = match words.as_slice() {
        ["build"] => build(),
        ["up", flags @ ..] => up(flags),
        ["image", dir, name, content] => Cluster::attach(&PathBuf::from(dir))
            .and_then(|cluster| cluster.import_image(name, content)),
        ["down", dir] => Cluster::down(&PathBuf::from(dir)),
        _ => Err(Error::new(format!("usage:\n{USAGE}"))),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("local-cluster: {error}");
            ExitCode::FAILURE
        }
    }
}

fn build() -> Result<(), Error> {
    for directory in build_all()? {
        println!("{}", directory.display());
    }
    Ok(())
}

fn up(flags: &[&str]) -> Result<(), Error> {
    let mut options = Options::default();
    let mut keep = false;
    let mut flags = flags.iter();
    while let Some(flag) = flags.next() {
        let mut value =
            || flags.next().ok_or_else(|| Error::new(format!("{flag} needs a value after it")));
        match *flag {
            "--keep" => keep = true,
            "--mode" => options.mode = value()?.parse()?,
            "--kwok-nodes" => {
                options.kwok_nodes = value()?
                    .parse()
                    .map_err(|_| Error::new("--kwok-nodes needs a number after it"))?;
            }
            _ => return Err(Error::new(format!("unknown flag {flag}; usage:\n{USAGE}"))),
        }
    }
    let (interrupt, interrupted) = mpsc::channel();
    // Set before the start, so that a Ctrl-C while starting also ends in order:
    // the process goes on until the cluster is up, and then takes it down.
    ctrlc::set_handler(move || _ = interrupt.send(()))
        .map_err(|error| Error::new(format!("could not listen for Ctrl-C: {error}")))?;
    let cluster = Cluster::start(&options)?;
    println!("export KUBECONFIG={}", cluster.kubeconfig().display());
    if keep {
        let dir = cluster.keep()?;
        eprintln!("local-cluster: it stays; end it with: local-cluster down {}", dir.display());
        return Ok(());
    }
    eprintln!("local-cluster: Ctrl-C ends it");
    _ = interrupted.recv();
    Ok(())
}
