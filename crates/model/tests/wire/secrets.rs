//! Secrets never reach the table.

use model::redact::{REDACTED, Redactor};
use model::wire::decode_batch_with;
use serde_json::{Value, json};

use crate::support::{accept, body, event, event_with, kept_body, payload, state_change, written};

const SECRET: &str = "hunter2-is-the-secret";

#[test]
fn a_secret_is_replaced_wherever_an_event_may_carry_one() {
    let request = |url: &str, headers: Value, body: Value| json!({"HttpRequest": {"method": "GET", "url": url, "headers": headers, "body": body}});
    let mut variable = state_change("Write");
    variable["StateChange"]["variable"] = json!("user.password");
    variable["StateChange"]["new_value"] = json!(SECRET);
    let mut value = state_change("Write");
    value["StateChange"]["old_value"] = json!({"deep": [{"api_key": SECRET}]});
    let url = |text: &str| text.replace("SECRET", SECRET);
    for sent in [
        event(request("/", json!({"Authorization": format!("Bearer {SECRET}")}), Value::Null)),
        event(request("/", json!({"COOKIE": SECRET}), Value::Null)),
        event(request("/", json!({}), json!({"user": {"password": [SECRET]}}))),
        event(request("/", json!({}), json!(url("a=1&password=SECRET")))),
        event(request(&url("/x?token=SECRET&y=1"), json!({}), Value::Null)),
        event(request(&url("/x?to%6ben=SECRET"), json!({}), Value::Null)),
        event(request(&url("https://bob:SECRET@host/x"), json!({}), Value::Null)),
        event(
            json!({"FunctionCall": {"function_name": "f", "module": "m", "args": [{"clientSecret": SECRET}], "file": "a", "line": 1}}),
        ),
        event(json!({"Custom": {"name": "n", "data": {"refresh_token": {"v": SECRET}}}})),
        event(json!({"Custom": {"name": "api_key", "data": SECRET}})),
        event(json!({"DatabaseQuery": {"query": "q", "database": url("postgres://u:SECRET@db/x"), "duration_ms": 1}})),
        event(json!({"DatabaseQuery": {"query": url("AUTH token=SECRET"), "database": "d", "duration_ms": 1}})),
        event(json!({"LockAcquire": {"lock_id": url("l?token=SECRET"), "lock_type": "Mutex", "location": "a"}})),
        event(json!({"NeverHeardOf": {"x-api-key": SECRET}})),
        event(variable),
        event(value),
        event_with(state_change("Read"), "/metadata/tags", json!({"Private-Key": SECRET})),
    ] {
        let table = accept(&sent);
        let text = written(&table, &table.rows[0]);
        assert!(!text.contains("hunter2"), "{text}");
        assert!(text.contains(REDACTED), "{text}");
        assert!(table.strings.iter().all(|name| !name.contains("hunter2")));
        assert!(!String::from_utf8_lossy(&table.payload).contains("hunter2"));
    }
}

#[test]
fn what_is_no_secret_stays() {
    let call = json!({"FunctionCall": {"function_name": "tokenize", "module": "m", "args": {"tokens": 3, "secretary": "ann"}, "file": "password.rs", "line": 1}});
    let table = accept(&event(call.clone()));
    assert_eq!(kept_body(&table), call["FunctionCall"]);
    let table = accept(&event_with(call, "/metadata/tags", json!({"sdk_language": "rust", "note": "a password"})));
    assert_eq!(payload(&table).tags, r#"{"note":"a password","sdk_language":"rust"}"#);
}

#[test]
fn the_list_of_names_can_be_replaced() {
    let sent = event(json!({"Custom": {"name": "n", "data": {"card_number": 4711, "token": "t"}}}));
    let decoded = decode_batch_with(&body(&[sent]), &Redactor::new(["card-number"])).expect("a batch");
    assert_eq!(kept_body(&decoded.table)["data"], json!({"card_number": REDACTED, "token": "t"}));
}
