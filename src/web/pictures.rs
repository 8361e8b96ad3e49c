//! Pictures for channels that fetch them by their address (Zalo's `sendPhoto`): `GET /p/{sha256}.{jpg|png}`, out of the asset store.
//!
//! What is behind an address never changes: the name is the hash of the bytes. Nothing but small pictures is given, whatever else
//! the store holds, and whoever has no address finds none.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;

use crate::kit::{AssetStore, PUBLIC_PICTURE, inspect};

/// The route, of this store.
pub(super) fn pictures(assets: AssetStore) -> Router {
    Router::new().route("/p/{name}", get(picture)).with_state(std::sync::Arc::new(assets))
}

async fn picture(State(assets): State<std::sync::Arc<AssetStore>>, Path(name): Path<String>) -> Response {
    let none = || (StatusCode::NOT_FOUND, "404\n").into_response();
    let Some((sha256, mime)) = name.rsplit_once('.').and_then(|(hash, end)| Some((hash, type_of(end)?)))
    else {
        return none();
    };
    let is_hash = sha256.len() == 64 && sha256.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    let bytes = if is_hash { assets.small(sha256, PUBLIC_PICTURE).ok().flatten() } else { None };
    let Some(bytes) = bytes.filter(|b| inspect(b, None).is_ok_and(|i| i.mime == mime)) else { return none() };
    let mut answer = bytes.to_vec().into_response();
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(mime));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"));
    answer
}

fn type_of(ending: &str) -> Option<&'static str> {
    match ending {
        "jpg" => Some("image/jpeg"),
        "png" => Some("image/png"),
        _ => None,
    }
}
