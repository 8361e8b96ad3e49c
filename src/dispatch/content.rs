//! What is sent: the frozen rendition of the revision, with the target's own fields and the files it shows.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use chrono::{DateTime, Utc};

use crate::config::Settings;
use crate::domain::id::WireKey;
use crate::domain::message::{Address, Blob, MARK_PUBLIC, OptOut, Outbound};
use crate::kit::AssetStore;
use crate::render::{Merge, Prepared, Receiver};
use crate::store::{Store, StoreError};
use crate::transport::is_package;

/// Renditions kept ready at once.
const CACHE: usize = 64;
/// Bytes of their files, at most; those that many share count each time.
const CACHE_BYTES: usize = 128 << 20;

/// A rendition ready to be merged, with the bytes of its files.
struct Ready {
    prepared: Prepared,
    blobs: Arc<[Blob]>,
    /// The `public_url` that its addresses begin with.
    public: Option<String>,
}

/// Why a row cannot be made into a message; it is held with this word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unsendable {
    /// Nothing was frozen for this kind.
    NoRendition,
    /// A file it shows is missing or damaged.
    NoFile,
    /// The target has no address, or it cannot be read.
    NoAddress,
    /// A list mail without a public address for opting out.
    NoOptOut,
    /// A picture that the far side fetches from the office's own listener, which has no public address.
    NoPublicUrl,
}

impl Unsendable {
    /// The word stored.
    pub fn word(self) -> &'static str {
        match self {
            Unsendable::NoRendition => crate::store::NO_RENDITION,
            Unsendable::NoFile => "no_file",
            Unsendable::NoAddress => "no_address",
            Unsendable::NoOptOut => "no_opt_out",
            Unsendable::NoPublicUrl => "no_public_url",
        }
    }
}

/// The target of a message.
pub(super) struct To<'a> {
    pub key: WireKey,
    pub attempt: u32,
    pub origin: &'a str,
    pub revision: i64,
    pub kind: &'a str,
    pub family: &'a str,
    pub target_ref: &'a str,
    pub is_contact: bool,
    pub unit_name: Option<&'a str>,
    pub mode: Option<&'a str>,
    pub address: Address,
    pub list: Option<&'a str>,
    pub code: i64,
    pub now: DateTime<Utc>,
}

/// Renditions and files, cached.
pub struct Content {
    store: Store,
    assets: AssetStore,
    cache: Mutex<HashMap<(i64, String), Arc<Ready>>>,
}

impl Content {
    /// Content out of a database and an asset store.
    pub fn new(store: Store, assets: AssetStore) -> Self {
        Self { store, assets, cache: Mutex::new(HashMap::new()) }
    }

    async fn ready(
        &self,
        revision: i64,
        kind: &str,
        public: Option<&str>,
    ) -> Result<Result<Arc<Ready>, Unsendable>, StoreError> {
        let key = (revision, kind.to_owned());
        let cached = self.cache.lock().unwrap_or_else(std::sync::PoisonError::into_inner).get(&key).cloned();
        if let Some(r) = cached.filter(|r| r.public.as_deref() == public) {
            return Ok(Ok(r));
        }
        let Some(rendition) = self.store.rendition_get(revision, kind).await? else {
            return Ok(Err(Unsendable::NoRendition));
        };
        let mut blobs = Vec::with_capacity(rendition.attachments.len());
        for a in &rendition.attachments {
            // The sheets of a hundred stations carry the same recordings.
            let bytes = self.held(&a.sha256).map_or_else(|| self.assets.get(&a.sha256), Ok);
            match bytes {
                Ok(bytes) => {
                    let mut meta = a.clone();
                    if let Some(path) = a.url.as_deref().and_then(|u| u.strip_prefix(MARK_PUBLIC)) {
                        let Some(base) = public else { return Ok(Err(Unsendable::NoPublicUrl)) };
                        meta.url = Some(format!("{base}{path}"));
                    }
                    blobs.push(Blob { meta, bytes });
                }
                Err(e) => {
                    tracing::error!(asset = a.name, sha256 = a.sha256, error = %e, "a frozen file cannot be read");
                    return Ok(Err(Unsendable::NoFile));
                }
            }
        }
        let ready = Arc::new(Ready {
            prepared: Prepared::new(Arc::new(rendition)),
            blobs: blobs.into(),
            public: public.map(str::to_owned),
        });
        let mut cache = self.cache.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let weight = |r: &Ready| r.blobs.iter().map(|b| b.bytes.len()).sum::<usize>();
        if cache.len() >= CACHE
            || cache.values().map(|r| weight(r)).sum::<usize>() + weight(&ready) > CACHE_BYTES
        {
            cache.clear();
        }
        cache.insert(key, ready.clone());
        Ok(Ok(ready))
    }

    /// The bytes of a file that is kept ready for another rendition.
    fn held(&self, sha256: &str) -> Option<Arc<[u8]>> {
        let cache = self.cache.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let mut all = cache.values().flat_map(|r| r.blobs.iter());
        all.find(|b| b.meta.sha256 == sha256).map(|b| b.bytes.clone())
    }

    /// The message to one target.
    pub(super) async fn outbound(
        &self,
        settings: &Settings,
        to: To<'_>,
    ) -> Result<Result<Outbound, Unsendable>, StoreError> {
        let ready = match self.ready(to.revision, to.kind, settings.public_url.as_deref()).await? {
            Ok(r) => r,
            Err(u) => return Ok(Err(u)),
        };
        // A site and a webhook are the account itself; everything else needs an address.
        let place = matches!(to.kind, "wordpress" | "webhook" | "scripted");
        if to.address.value.is_empty() && !place {
            return Ok(Err(Unsendable::NoAddress));
        }
        let mut opt_out = None;
        if to.is_contact {
            let list = to.list.unwrap_or_default();
            match &settings.public_url {
                Some(base) => {
                    let surrogate = to.target_ref.strip_prefix("contact/").unwrap_or(to.target_ref);
                    let token = self.store.key().link_token(&format!("{}~{surrogate}~{list}", to.family));
                    let host =
                        base.split("://").nth(1).unwrap_or(base).split(['/', ':']).next().unwrap_or("loa");
                    opt_out = Some(OptOut {
                        url: format!("{base}/o/{token}"),
                        mailto: None,
                        list_id: if list.is_empty() { host.to_owned() } else { format!("{list}.{host}") },
                    });
                }
                // A mail to a list without a way out is not sent (Decree 91/2020, RFC 8058).
                None if to.family == "email" => return Ok(Err(Unsendable::NoOptOut)),
                None => {}
            }
        }
        // Only papers that somebody answers to carry a code; it costs a look at the neighbours.
        let code = if is_package(to.kind) || to.kind == "station" {
            self.store.code_short(to.code).await?
        } else {
            String::new()
        };
        let receiver = if to.is_contact {
            Receiver::Person {
                name: to.address.name.as_deref(),
                opt_out_url: opt_out.as_ref().map(|o| o.url.as_str()),
            }
        } else {
            Receiver::Unit(to.unit_name)
        };
        let body = ready.prepared.merge(&Merge::to(receiver, &code));
        Ok(Ok(Outbound {
            key: to.key,
            attempt: to.attempt,
            to: to.address,
            body,
            blobs: ready.blobs.clone(),
            opt_out,
            as_draft: to.mode == Some("draft"),
            origin: to.origin.to_owned(),
            now: to.now,
        }))
    }
}
