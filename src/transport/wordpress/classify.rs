//! What WordPress's refusals mean: a table by status first, because its codes differ by plugin while its statuses do not.
//!
//! It never sees an answer of 2xx.

use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use crate::domain::outcome::{Cause, Fault, Outcome, Scope};
use crate::transport::http::{clean, server_error_is_certain};

/// The error envelope of the REST API.
#[derive(Debug, Deserialize)]
pub(super) struct Refusal {
    pub code: String,
    #[serde(default)]
    pub message: String,
    #[serde(default)]
    pub data: Value,
}

/// Decides what a refusal means. A page that is not the API's comes from a firewall or a proxy, or there is no API at the
/// address: a person must look. `Unknown` is answered for server errors that may hide a deed; where a repeat is harmless the
/// caller makes it `Retry`.
pub(super) fn classify(
    status: u16,
    body: &[u8],
    after: Option<Duration>,
    to: Option<&str>,
    secrets: &[&str],
) -> Outcome {
    let refusal: Option<Refusal> = serde_json::from_slice(body).ok();
    let own = refusal.is_some();
    let code = refusal.as_ref().map(|r| r.code.as_str()).unwrap_or_default();
    let said = refusal.as_ref().map_or_else(
        || {
            format!(
                "HTTP {status} without an answer of WordPress{}",
                to.map(|t| format!(", to {t}")).unwrap_or_default()
            )
        },
        |r| format!("HTTP {status} {}: {}", r.code, r.message),
    );
    let cause = |word: &str| Cause::new(word, clean(&said, secrets));
    let content = |word: &str| Outcome::Rejected { fault: Fault::Content, cause: cause(word) };
    match (status, code) {
        (300..=399, _) => Outcome::Broken { cause: cause("redirected") },
        (401, _) => Outcome::Broken { cause: cause("login_refused") },
        (403, _) if own => Outcome::Broken { cause: cause("no_rights") },
        // A wrong password makes the request anonymous, and whoever may not see drafts may not ask for them either.
        (400, _) if refusal.as_ref().is_some_and(asks_as_stranger) => {
            Outcome::Broken { cause: cause("login_refused") }
        }
        (404, "rest_no_route") => Outcome::Broken { cause: cause("no_rest_api") },
        (404 | 410, _) if own => content("post_gone"),
        (412, "rest_upload_hash_mismatch") => Outcome::Retry { after, cause: cause("damaged_on_the_way") },
        (413, _) => content("too_large"),
        (429, _) => Outcome::Throttled { after, scope: Scope::Account, cause: cause("too_many_requests") },
        // 500 although it is for good: a file type the site does not take.
        (500..=599, "rest_upload_sideload_error") => content("file_refused"),
        (503, _) => Outcome::Retry { after, cause: cause("server_error") },
        (408 | 500..=599, _) if server_error_is_certain(status, false) => {
            Outcome::Retry { after, cause: cause("server_error") }
        }
        (408 | 500..=599, _) => Outcome::Unknown { cause: cause("server_error") },
        (400..=499, _) if own => content("content_refused"),
        (404, _) => Outcome::Broken { cause: cause("no_rest_api") },
        (_, _) => Outcome::Broken { cause: cause("not_wordpress") },
    }
}

fn asks_as_stranger(refusal: &Refusal) -> bool {
    refusal.data.pointer("/details/status/code").and_then(Value::as_str) == Some("rest_forbidden_status")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stranger_asking_for_drafts_is_a_refused_login() {
        let body = serde_json::json!({"code": "rest_invalid_param", "message": "Invalid parameter(s): status", "data":
            {"status": 400, "params": {"status": "x"}, "details": {"status": {"code": "rest_forbidden_status"}}}});
        let o = classify(400, body.to_string().as_bytes(), None, None, &[]);
        assert_eq!(format!("{} {}", o.word(), o.cause().unwrap().code), "broken login_refused");
    }

    #[test]
    fn the_error_list() {
        for (status, code, want) in [
            (401, "rest_cannot_create", "broken login_refused"),
            (401, "rest_not_logged_in", "broken login_refused"),
            (401, "incorrect_password", "broken login_refused"),
            (401, "invalid_username", "broken login_refused"),
            (401, "invalid_email", "broken login_refused"),
            (403, "rest_cannot_create", "broken no_rights"),
            (403, "rest_cannot_publish", "broken no_rights"),
            (403, "rest_cannot_edit", "broken no_rights"),
            (403, "rest_cannot_edit_others", "broken no_rights"),
            (400, "rest_invalid_param", "rejected_content content_refused"),
            (400, "rest_invalid_json", "rejected_content content_refused"),
            (400, "empty_content", "rejected_content content_refused"),
            (400, "rest_upload_invalid_disposition", "rejected_content content_refused"),
            (400, "rest_upload_no_content_disposition", "rejected_content content_refused"),
            (400, "rest_upload_no_content_type", "rejected_content content_refused"),
            (400, "rest_upload_no_data", "rejected_content content_refused"),
            (404, "rest_post_invalid_id", "rejected_content post_gone"),
            (410, "rest_already_trashed", "rejected_content post_gone"),
            (404, "rest_no_route", "broken no_rest_api"),
            (412, "rest_upload_hash_mismatch", "retry damaged_on_the_way"),
            (429, "too_many", "throttled too_many_requests"),
            (500, "rest_upload_sideload_error", "rejected_content file_refused"),
            (500, "internal_server_error", "unknown server_error"),
            (500, "db_insert_error", "unknown server_error"),
            (503, "maintenance", "retry server_error"),
        ] {
            let body =
                serde_json::json!({"code": code, "message": "m", "data": {"status": status}}).to_string();
            let o = classify(status, body.as_bytes(), None, None, &[]);
            assert_eq!(format!("{} {}", o.word(), o.cause().unwrap().code), want, "{status} {code}");
        }
        for (status, want) in [
            (301, "broken redirected"),
            (400, "broken not_wordpress"),
            (401, "broken login_refused"),
            (403, "broken not_wordpress"),
            (404, "broken no_rest_api"),
            (406, "broken not_wordpress"),
            (413, "rejected_content too_large"),
            (429, "throttled too_many_requests"),
            (500, "unknown server_error"),
            (502, "unknown server_error"),
            (503, "retry server_error"),
            (504, "unknown server_error"),
        ] {
            let o = classify(status, b"<html><title>403 - blocked</title>", None, None, &[]);
            assert_eq!(format!("{} {}", o.word(), o.cause().unwrap().code), want, "page with {status}");
        }
    }
}
