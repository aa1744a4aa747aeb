//! `/auth/*` for a server without a password: everybody is in. These answers have no envelope.

use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, SET_COOKIE};
use serde_json::json;

use crate::http::envelope::{Answer, Failure, json_body};

pub async fn check() -> Answer {
    let mut response = json_body(&json!({ "authenticated": true, "auth_required": false }))?;
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

pub async fn login() -> Answer {
    Err(Failure::bad_request("UI authentication is not enabled"))
}

pub async fn logout() -> Answer {
    let mut response = json_body(&json!({ "success": true, "message": "Logged out successfully" }))?;
    let cookie = "raceway_session=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0";
    response.headers_mut().insert(SET_COOKIE, HeaderValue::from_static(cookie));
    Ok(response)
}
