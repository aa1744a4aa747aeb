//! The demo, really run: what is planted is found and named, and what is right is not accused.

use std::collections::BTreeSet;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::support::Server;

/// Runs the demo against a server; what it prints.
async fn run(server: &Server) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_raceway"));
    command.args(["demo", "--url", &server.url, "--seconds", "2"]).stdin(Stdio::null()).stderr(Stdio::null());
    let output = tokio::task::spawn_blocking(move || command.output()).await.expect("joined").expect("the binary");
    assert!(output.status.success());
    String::from_utf8(output.stdout).expect("text")
}

/// The trace that the demo names for something it planted.
fn example(printed: &str, planted: &str) -> String {
    let mut lines = printed.lines().skip_while(|line| !line.contains(planted));
    let link = lines.nth(1).unwrap_or_else(|| panic!("no {planted:?} in {printed}"));
    link.rsplit('/').next().expect("a path").to_owned()
}

async fn findings(server: &Server, trace: &str, exact: bool) -> Vec<Value> {
    let mut answer = server.data(&format!("/api/traces/{trace}/findings?exact={exact}")).await;
    assert_eq!(answer["complete"], true, "{trace}");
    serde_json::from_value(answer["findings"].take()).expect("a list")
}

/// (kind, subject) of what is proven.
fn proven(findings: &[Value]) -> BTreeSet<(String, String)> {
    let text = |finding: &Value, field: &str| finding[field].as_str().expect("text").to_owned();
    let kinds = ["race", "lost_update", "deadlock"];
    let proven = findings.iter().filter(|finding| kinds.iter().any(|kind| finding["kind"] == *kind));
    proven.map(|finding| (text(finding, "kind"), text(finding, "subject"))).collect()
}

fn named(kind: &str, subject: &str) -> (String, String) {
    (kind.to_owned(), subject.to_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_demo_s_mistakes_are_found_in_their_traces_and_nothing_else_is() {
    let server = Server::start().await;
    let printed = run(&server).await;

    let payroll = findings(&server, &example(&printed, "data race"), false).await;
    assert_eq!(proven(&payroll), BTreeSet::from([named("race", "payroll.last_paid")]));
    let title = "Two tasks write `payroll.last_paid` at once; nothing orders them.";
    assert!(payroll.iter().any(|finding| finding["title"] == title && finding["severity"] == "critical"));

    let rebalance = findings(&server, &example(&printed, "lock order"), false).await;
    assert_eq!(proven(&rebalance), BTreeSet::from([named("deadlock", "vault:eur, vault:usd")]));

    let campaign = findings(&server, &example(&printed, "lost update"), false).await;
    assert!(proven(&campaign).contains(&named("lost_update", "loyalty.points")), "{campaign:#?}");
    let lost = campaign.iter().find(|finding| finding["kind"] == "lost_update").expect("one");
    let [read, replaced, wrote] = [0, 1, 2].map(|at| &lost["events"][at]);
    assert_eq!(read["before"], wrote["before"], "the last write rests on the value that was read");
    assert_ne!(replaced["after"], read["before"], "which was gone by then");

    let allowed = ["payroll.last_paid", "loyalty.points", "vault:eur, vault:usd"];
    let traces = server.data("/api/traces?page_size=200").await;
    let traces = traces["traces"].as_array().expect("a list");
    assert!(traces.len() > 20, "only {} traces", traces.len());
    for trace in traces {
        let trace = trace["trace_id"].as_str().expect("an id");
        for exact in [false, true] {
            for (kind, subject) in proven(&findings(&server, trace, exact).await) {
                assert!(allowed.contains(&subject.as_str()), "{trace} is accused of a {kind} on {subject}");
            }
        }
    }
}
