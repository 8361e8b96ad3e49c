//! Pictures for channels that fetch them by their address (Zalo's `sendPhoto`): `GET /p/{sha256}.{jpg|png}`, out of the asset store.
//!
//! What is behind an address never changes: the name is the hash of the bytes. Nothing is given but small pictures that were approved
//! for such a channel ([`AssetStore::publish`]), whatever else the store holds.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;

use crate::kit::AssetStore;

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
    let found = assets.published(sha256).filter(|(_, is)| *is == mime);
    let Some((bytes, _)) = found else { return none() };
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
