//! What the last fetch of each original brought: `var/kit/fetched.json`. A cache: if it is gone, all is fetched again.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Kit;
use crate::kit::{KitError, read, write_whole};
use crate::manifest::Declared;

/// What a fetch brought.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Seen {
    /// From where.
    pub url: String,
    /// `ETag` of the answer.
    pub etag: Option<String>,
    /// `Last-Modified` of the answer.
    pub modified: Option<String>,
    /// SHA-256 of what lies in the store.
    pub sha256: String,
    /// It waits for a person although nothing is pinned yet: another file lies in its place.
    #[serde(default)]
    pub waits: bool,
}

/// All of it, by id of the asset.
pub(super) type State = BTreeMap<String, Seen>;

impl Kit {
    pub(super) fn state(&self) -> State {
        let bytes = read(&self.var.join("kit/fetched.json")).unwrap_or_default();
        serde_json::from_slice(&bytes).unwrap_or_default()
    }

    pub(super) fn write_state(&self, state: &State) -> Result<(), KitError> {
        let text = serde_json::to_vec_pretty(state).unwrap_or_default();
        write_whole(&self.var.join("kit/fetched.json"), &text)
    }

    /// What was fetched for an asset that was never pinned, where another file lies in its place.
    pub(super) fn first_find(&self, a: &Declared) -> Option<Arc<[u8]>> {
        if self.lock.pins.contains_key(&a.id) {
            return None;
        }
        let seen = self.state().remove(&a.id).filter(|s| s.waits)?;
        self.store().get(&seen.sha256).ok()
    }

    /// Notes what waits for a person although nothing is pinned yet.
    pub(super) fn waits(&self, id: &str, url: &str, sha256: &str) -> Result<(), KitError> {
        let mut state = self.state();
        let (url, sha256) = (url.to_owned(), sha256.to_owned());
        state.insert(id.to_owned(), Seen { url, etag: None, modified: None, sha256, waits: true });
        self.write_state(&state)
    }

    pub(super) fn forget_find(&self, id: &str) {
        let mut state = self.state();
        if let Some(seen) = state.get_mut(id).filter(|s| s.waits) {
            seen.waits = false;
            // A cache: what cannot be written is asked once more.
            let _ = self.write_state(&state);
        }
    }
}
