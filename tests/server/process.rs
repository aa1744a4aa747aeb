//! The binary itself: how it starts, how it refuses to, and how it ends.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, ExitStatus, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::events::{TRACE, call, event, event_id};
use crate::support::batch;

/// Arguments only: variables of the environment the tests run in are not the server's.
fn raceway(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_raceway"));
    command.args(args).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    for name in ["RACEWAY_LISTEN", "RACEWAY_DATA", "RACEWAY_CONFIG", "RACEWAY_DEMO_IF_EMPTY"] {
        command.env_remove(name);
    }
    command
}

fn serve_args(data: &Path) -> Vec<&str> {
    vec!["serve", "--listen", "127.0.0.1:0", "--data", data.to_str().expect("text")]
}

/// A running server; killed when dropped.
struct Process {
    child: Child,
    stdout: BufReader<ChildStdout>,
    url: String,
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Process {
    fn start(data: &Path) -> Self {
        let mut child = raceway(&serve_args(data)).stderr(Stdio::null()).spawn().expect("the binary");
        let mut stdout = BufReader::new(child.stdout.take().expect("piped"));
        let mut line = String::new();
        stdout.read_line(&mut line).expect("a line");
        let url = line.trim_end().strip_prefix("listening on ").unwrap_or_else(|| panic!("{line:?}")).to_owned();
        Self { child, stdout, url }
    }

    fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-s", name, &id]).status().expect("kill").success());
    }

    /// Its status, and what it still said on stdout.
    fn wait(mut self) -> (ExitStatus, String) {
        let deadline = Instant::now() + Duration::from_secs(20);
        loop {
            if let Some(status) = self.child.try_wait().expect("a child") {
                let mut rest = String::new();
                self.stdout.read_to_string(&mut rest).expect("text");
                return (status, rest);
            }
            assert!(Instant::now() < deadline, "it does not end");
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

fn run_to_end(command: &mut Command) -> Output {
    command.output().expect("the binary")
}

/// One line on stderr, nothing on stdout, exit code 1.
fn assert_refused(output: &Output, says: &str) {
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains(says), "{stderr:?} does not say {says:?}");
    assert_eq!((stderr.lines().count(), output.stdout.len()), (1, 0), "{stderr}");
}

#[test]
fn a_busy_port_is_one_clear_line() {
    let data = tempfile::tempdir().expect("a folder");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    let output =
        run_to_end(&mut raceway(&["serve", "--listen", &address, "--data", data.path().to_str().expect("text")]));
    assert_refused(&output, &format!("raceway: {address} is in use by another program"));
}

#[test]
fn a_data_folder_in_use_is_one_clear_line() {
    let data = tempfile::tempdir().expect("a folder");
    let first = Process::start(data.path());
    let output = run_to_end(&mut raceway(&serve_args(data.path())));
    assert_refused(&output, "is in use by another raceway process");
    let output = run_to_end(&mut raceway(&["migrate", "--data", data.path().to_str().expect("text")]));
    assert_refused(&output, "is in use by another raceway process");
    drop(first);
    Process::start(data.path());
}

#[test]
fn a_data_folder_that_cannot_be_is_one_clear_line() {
    let data = tempfile::NamedTempFile::new().expect("a file");
    assert_refused(&run_to_end(&mut raceway(&serve_args(data.path()))), "raceway: ");
}

#[test]
fn a_bad_configuration_is_one_clear_line() {
    let data = tempfile::tempdir().expect("a folder");
    let file = data.path().join("bad.toml");
    std::fs::write(&file, "[server]\nprot = 1\n").expect("a file");
    let file = file.to_str().expect("text");
    for command in ["serve", "migrate", "check-config"] {
        let output = run_to_end(&mut raceway(&[command, "--config", file]));
        assert_refused(&output, "bad.toml: there is no key server.prot; allowed are host, port");
    }
    let output = run_to_end(raceway(&["check-config"]).env("RACEWAY_SERVER_PORT", "high"));
    assert_refused(&output, "RACEWAY_SERVER_PORT");
}

#[test]
fn check_config_prints_what_is_in_force() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut command = raceway(&["check-config", "--listen", "127.0.0.1:9"]);
    let output =
        run_to_end(command.current_dir(&folder).env("RACEWAY_DATA", "elsewhere").env("RACEWAY_CACHE_ENABLED", "false"));
    let text = String::from_utf8(output.stdout).expect("text");
    assert!(output.status.success());
    for line in ["port = 9", "data_dir = \"elsewhere\"", "enabled = false", "request_timeout_s = 60"] {
        assert!(text.lines().any(|found| found == line), "{text}");
    }
}

#[test]
fn migrate_makes_a_store_that_serve_opens() {
    let data = tempfile::tempdir().expect("a folder");
    let output = run_to_end(&mut raceway(&["migrate", "--data", data.path().to_str().expect("text")]));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(String::from_utf8_lossy(&output.stdout).contains("is up to date (seq 0)"));
    let (status, _) = {
        let process = Process::start(data.path());
        process.signal("INT");
        process.wait()
    };
    assert!(status.success());
}

/// Sends event after event over four connections until the server is gone; the numbers of those that
/// were acknowledged.
async fn send_until_gone(url: &str) -> Vec<usize> {
    let mut senders = tokio::task::JoinSet::new();
    for lane in 0..4 {
        let url = format!("{url}/events");
        senders.spawn(async move {
            let client = reqwest::Client::new();
            let mut acknowledged = Vec::new();
            for n in (lane + 1..).step_by(4) {
                let body = batch(&[event(TRACE, n, "worker", call("step"))]).to_string();
                let request = client.post(&url).header("content-type", "application/json").body(body);
                let Ok(response) = request.send().await else { break };
                if response.status() != 200 {
                    break;
                }
                acknowledged.push(n);
            }
            acknowledged
        });
    }
    senders.join_all().await.into_iter().flatten().collect()
}

async fn stored_ids(url: &str) -> Vec<String> {
    let response = reqwest::get(format!("{url}/api/traces/{TRACE}")).await.expect("an answer");
    let trace: Value = response.json().await.expect("JSON");
    assert_eq!(trace["data"]["truncated"], false, "{}", trace["error"]);
    let events = trace["data"]["events"].as_array().expect("a list");
    events.iter().map(|event| event["id"].as_str().expect("an id").to_owned()).collect()
}

async fn assert_nothing_acknowledged_is_lost(signal: &'static str) {
    let data = tempfile::tempdir().expect("a folder");
    let process = Process::start(data.path());
    let sending = tokio::spawn({
        let url = process.url.clone();
        async move { send_until_gone(&url).await }
    });
    tokio::time::sleep(Duration::from_millis(500)).await;
    process.signal(signal);
    let (status, rest) = tokio::task::spawn_blocking(move || process.wait()).await.expect("a thread");
    assert_eq!(status.success(), signal == "TERM", "{status}");
    assert_eq!(rest, "", "one line on stdout is all");
    let acknowledged = sending.await.expect("a task");
    assert!(acknowledged.len() > 10, "only {} were acknowledged", acknowledged.len());

    let again = Process::start(data.path());
    let stored = stored_ids(&again.url).await;
    let distinct: std::collections::HashSet<&String> = stored.iter().collect();
    assert_eq!(distinct.len(), stored.len(), "an event is there twice");
    for n in acknowledged {
        assert!(distinct.contains(&event_id(n)), "event {n} was acknowledged and is lost");
    }
}

#[tokio::test]
async fn a_server_that_is_asked_to_end_loses_nothing() {
    assert_nothing_acknowledged_is_lost("TERM").await;
}

#[tokio::test]
async fn a_server_that_is_killed_loses_nothing_it_acknowledged() {
    assert_nothing_acknowledged_is_lost("KILL").await;
}
