//! Races of the whole store: the contract's two answers, and our own. All may be older than the newest commit, and say
//! so.

use axum::extract::State;
use axum::http::header::AGE;
use engine::{Aged, Engine};
use model::analysis::{FindingClass, FindingKind, RaceFilter, Severity};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::aged::AgedEnvelope;
use crate::http::conditional::Version;
use crate::http::envelope::{Answer, Failure, json_body};
use crate::http::params::Params;

/// `GET /api/analyze/global`, of the contract.
pub async fn analyze(State(engine): State<Engine>, params: Params) -> Answer {
    let analysis = engine.global_analysis(params.freshness()).await;
    aged(&engine, analysis.map_err(Failure::query("Global analysis failed"))?)
}

/// `GET /api/distributed/global-races`, of the contract.
pub async fn variables(State(engine): State<Engine>, params: Params) -> Answer {
    let variables = engine.racing_variables(params.freshness()).await;
    aged(&engine, variables.map_err(Failure::query("Global analysis failed"))?)
}

/// `GET /api/races?severity=&kind=&class=&service=&subject=`
pub async fn races(State(engine): State<Engine>, params: Params) -> Answer {
    let filter = RaceFilter {
        severity: word::<Severity>(params.text("severity")),
        kind: word::<FindingKind>(params.text("kind")),
        class: word::<FindingClass>(params.text("class")),
        service: params.text("service").to_owned(),
        subject: params.text("subject").trim().to_owned(),
    };
    let races = engine.global_races_aged(&filter, params.freshness()).await;
    aged(&engine, races.map_err(Failure::query("Global analysis failed"))?)
}

fn aged<T: Serialize>(engine: &Engine, Aged { value, as_of, age }: Aged<T>) -> Answer {
    let mut response = json_body(&AgedEnvelope::new(value, as_of))?;
    response.headers_mut().insert(AGE, age.as_secs().into());
    Ok(Version::from(as_of).with_findings(engine.findings_version()).mark(response))
}

/// What a word of the interface names; what names nothing filters nothing.
fn word<T: DeserializeOwned>(text: &str) -> Option<T> {
    serde_json::from_value(serde_json::Value::String(text.to_owned())).ok()
}
