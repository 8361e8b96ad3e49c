//! The requests of the WordPress REST API that the kind needs, each with the meaning of its failure.
//!
//! Reads and deeds that may be repeated answer `Retry` where nothing is known; [`Rest::write`] answers `Unknown`, and its
//! caller decides. It never sends a request to any host but the site's, and never keeps an answer's text with the login in it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use md5::Md5;
use reqwest::{Method, RequestBuilder, Url};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::article::{escape, file_name, unescape};
use super::classify::{Refusal, classify};
use super::retry;
use crate::domain::message::Blob;
use crate::domain::outcome::{Cause, Fault, Outcome};
use crate::transport::http::{Answer, Deadline, Http, join};

/// A site and the login used there.
pub(super) struct Site {
    pub http: Http,
    pub url: Url,
    pub user: String,
    pub password: SecretString,
}

/// One run of requests with its time budget.
pub(super) struct Rest<'a> {
    pub site: &'a Site,
    pub deadline: Deadline,
    /// The instant of the attempt, to count `Retry-After` dates from.
    pub now: Option<DateTime<Utc>>,
}

/// A post, as far as it is read.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Post {
    pub id: u64,
    pub status: String,
    pub slug: String,
    pub link: String,
    /// When it was last written, in the site's UTC.
    #[serde(default)]
    modified_gmt: Option<NaiveDateTime>,
    #[serde(default)]
    featured_media: u64,
    #[serde(default)]
    categories: Vec<u64>,
    #[serde(default)]
    tags: Vec<u64>,
}

/// The fields read of a post.
const POST_FIELDS: &str = "id,status,slug,link,modified_gmt,featured_media,categories,tags";

impl Post {
    /// Published, or taken for publishing at the time the site's people set.
    pub(super) fn is_public(&self) -> bool {
        matches!(self.status.as_str(), "publish" | "future" | "private")
    }
    /// A post somebody may still be working on: neither in public nor in the trash.
    pub(super) fn is_draft(&self) -> bool {
        !self.is_public() && self.status != "trash"
    }
    /// Was it last written longer than `over` before `now`, both by the site's clock?
    pub(super) fn is_older(&self, over: TimeDelta, now: Option<DateTime<Utc>>) -> bool {
        let (Some(written), Some(now)) = (self.modified_gmt, now) else { return false };
        now.signed_duration_since(written.and_utc()) > over
    }
    /// WordPress drops what it does not know without a word.
    fn has(&self, fields: &Value) -> Result<(), Outcome> {
        let ids = |key: &str| -> Option<Vec<u64>> {
            fields.get(key).map(|v| v.as_array().into_iter().flatten().filter_map(Value::as_u64).collect())
        };
        let same = |asked: Option<Vec<u64>>, got: &[u64]| {
            asked.is_none_or(|a| a.len() == got.len() && a.iter().all(|x| got.contains(x)))
        };
        let picture = fields.get("featured_media").and_then(Value::as_u64).unwrap_or(self.featured_media);
        let lost = if picture != self.featured_media {
            "its picture"
        } else if !same(ids("categories"), &self.categories) {
            "a category"
        } else if !same(ids("tags"), &self.tags) {
            "a tag"
        } else {
            return Ok(());
        };
        let says = format!("WordPress dropped {lost} of post {} without a word", self.id);
        Err(Outcome::Retry { after: None, cause: Cause::new("silently_dropped", says) })
    }
}

/// An uploaded file.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Media {
    pub id: u64,
    pub source_url: String,
}

/// The login, as the site sees it.
#[derive(Debug, Deserialize)]
pub(super) struct Me {
    #[serde(default)]
    capabilities: Map<String, Value>,
}

impl Me {
    /// Has it this capability?
    pub(super) fn may(&self, capability: &str) -> bool {
        self.capabilities.get(capability).is_some_and(|v| v == &Value::Bool(true))
    }
}

#[derive(Debug, Deserialize)]
struct Term {
    id: u64,
    name: String,
}

impl Rest<'_> {
    fn request(&self, method: Method, path: &[&str], query: &[(&str, &str)]) -> RequestBuilder {
        let mut segments = vec!["wp-json", "wp", "v2"];
        segments.extend_from_slice(path);
        let mut url = join(&self.site.url, &segments);
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        // Application passwords are shown with spaces and taken without.
        let password: String = self.site.password.expose_secret().split_whitespace().collect();
        self.site
            .http
            .client()
            .request(method, url)
            .basic_auth(&self.site.user, Some(password))
            .timeout(self.deadline.left())
    }
    /// Sends; answers a 2xx, or the outcome that anything else means. `Unknown` where it may have happened.
    async fn call(&self, request: RequestBuilder) -> Result<Answer, Outcome> {
        if self.deadline.left().is_zero() {
            let cause = Cause::new("out_of_time", "the time of this send was used up by the requests before");
            return Err(Outcome::Retry { after: None, cause });
        }
        let answer = self.site.http.call(request).await.map_err(|f| f.outcome())?;
        if answer.ok() { Ok(answer) } else { Err(self.refused(&answer)) }
    }
    fn refused(&self, answer: &Answer) -> Outcome {
        let password = self.site.password.expose_secret();
        let bare: String = password.split_whitespace().collect();
        let basic = STANDARD.encode(format!("{}:{bare}", self.site.user));
        let after = self.now.and_then(|now| answer.retry_after(now));
        let to = answer.redirects_to();
        classify(answer.status, &answer.body, after, to.as_deref(), &[password, &bare, &basic])
    }
    /// Reads the JSON of a 2xx; anything else in it is a firewall's page or a broken-off answer.
    fn read<T: DeserializeOwned>(answer: &Answer) -> Result<T, Outcome> {
        answer.json().ok_or_else(|| {
            let what = if answer.is_html() { "an HTML page" } else { "no readable answer" };
            Outcome::Unknown { cause: Cause::new("not_json", format!("HTTP {} with {what}", answer.status)) }
        })
    }
    /// A request that changes nothing. A page instead of an answer means that something stands between: a person must look.
    async fn get<T: DeserializeOwned>(
        &self,
        path: &[&str],
        query: &[(&str, &str)],
    ) -> Result<(T, Option<DateTime<Utc>>), Outcome> {
        let answer = self.call(self.request(Method::GET, path, query)).await.map_err(retry)?;
        match Self::read(&answer) {
            Ok(value) => Ok((value, answer.date())),
            Err(Outcome::Unknown { cause }) if answer.whole => Err(Outcome::Broken { cause }),
            Err(o) => Err(retry(o)),
        }
    }
    /// Every post under the slug this login can see, drafts and trash included, and the site's clock.
    pub(super) async fn posts(&self, slug: &str) -> Result<(Vec<Post>, Option<DateTime<Utc>>), Outcome> {
        let slugs = format!("{slug},{slug}__trashed");
        let query = [
            ("slug", slugs.as_str()),
            ("status", "any,trash"),
            ("context", "edit"),
            ("_fields", POST_FIELDS),
        ];
        self.get(&["posts"], &query).await
    }
    /// A post by its id.
    pub(super) async fn post(&self, id: u64) -> Result<Post, Outcome> {
        let id = id.to_string();
        self.get(&["posts", &id], &[("context", "edit"), ("_fields", POST_FIELDS)]).await.map(|(p, _)| p)
    }
    /// The login itself. A public read would work with a wrong password too.
    pub(super) async fn me(&self) -> Result<Me, Outcome> {
        let query = [("context", "edit"), ("_fields", "id,capabilities")];
        self.get(&["users", "me"], &query).await.map(|(m, _)| m)
    }
    /// Creates (`None`) or changes a post and checks that it holds what was asked.
    pub(super) async fn write(&self, id: Option<u64>, fields: &Value) -> Result<Post, Outcome> {
        let id = id.map(|i| i.to_string());
        let path: Vec<&str> = ["posts"].into_iter().chain(id.as_deref()).collect();
        let answer =
            self.call(self.request(Method::POST, &path, &[("_fields", POST_FIELDS)]).json(fields)).await?;
        let post: Post = Self::read(&answer)?;
        post.has(fields)?;
        Ok(post)
    }
    /// Moves a post to the trash; one that is there already, or gone, is as good.
    pub(super) async fn trash(&self, id: u64) -> Result<(), Outcome> {
        let id = id.to_string();
        match self.call(self.request(Method::DELETE, &["posts", &id], &[])).await {
            Ok(_) => Ok(()),
            Err(Outcome::Rejected { cause, .. }) if cause.code == "post_gone" => Ok(()),
            Err(o) => Err(retry(o)),
        }
    }
    /// The file of that content: an upload of an earlier try or post is used again.
    pub(super) async fn media(&self, blob: &Blob) -> Result<Media, Outcome> {
        let meta = &blob.meta;
        let slug = format!("loa-{}", meta.sha256.chars().take(12).collect::<String>());
        if let Some(media) = self.uploaded(&slug).await? {
            return Ok(media);
        }
        let mut query = vec![
            ("slug", slug.as_str()),
            ("title", meta.alt.as_str()),
            ("alt_text", meta.alt.as_str()),
            ("_fields", "id,source_url"),
        ];
        if meta.alt.is_empty() {
            query[1].1 = &meta.name;
        }
        if let Some(caption) = &meta.caption {
            query.push(("caption", caption));
        }
        use md5::Digest as _;
        let md5: String = Md5::digest(&blob.bytes).iter().map(|b| format!("{b:02x}")).collect();
        let request = self
            .request(Method::POST, &["media"], &query)
            .header("content-type", &meta.mime)
            .header("content-disposition", format!("attachment; filename=\"{}\"", file_name(&meta.name)))
            .header("content-md5", md5)
            .body(blob.bytes.to_vec());
        let lost = match self.call(request).await {
            Ok(answer) => match Self::read(&answer) {
                Ok(media) => return Ok(media),
                Err(o) => o,
            },
            Err(o @ Outcome::Unknown { .. }) => o,
            Err(o) => return Err(o),
        };
        // The file may be there although the answer is not (thumbnails that ran out of memory, for one).
        self.uploaded(&slug).await?.ok_or_else(|| retry(lost))
    }
    async fn uploaded(&self, slug: &str) -> Result<Option<Media>, Outcome> {
        let query = [("slug", slug), ("_fields", "id,source_url")];
        let (found, _) = self.get::<Vec<Media>>(&["media"], &query).await?;
        Ok(found.into_iter().min_by_key(|m| m.id))
    }
    /// The id of a category or tag; it is made where the site lacks it and `may_create`.
    pub(super) async fn term(&self, taxonomy: &str, name: &str, may_create: bool) -> Result<u64, Outcome> {
        // WordPress searches names as it keeps them: with entities.
        let kept = escape(name);
        let query = [("search", kept.as_str()), ("per_page", "100"), ("_fields", "id,name")];
        let (terms, _) = self.get::<Vec<Term>>(&[taxonomy], &query).await?;
        let wanted = name.to_lowercase();
        if let Some(t) =
            terms.iter().filter(|t| unescape(&t.name).to_lowercase() == wanted).min_by_key(|t| t.id)
        {
            return Ok(t.id);
        }
        let missing = |why: &str| Outcome::Rejected {
            fault: Fault::Content,
            cause: Cause::new("term_missing", format!("the site has no {taxonomy} entry \"{name}\"{why}")),
        };
        if !may_create {
            return Err(missing(" and this account does not create any (categories_create: false)"));
        }
        let request =
            self.request(Method::POST, &[taxonomy], &[("_fields", "id,name")]).json(&json!({ "name": name }));
        let answer = self.site.http.call(request).await.map_err(|f| f.harmless())?;
        if answer.ok() {
            return Self::read::<Term>(&answer).map(|t| t.id).map_err(retry);
        }
        if let Some(Refusal { code, data, .. }) = answer.json::<Refusal>() {
            if let Some(id) = data.get("term_id").and_then(Value::as_u64).filter(|_| code == "term_exists") {
                return Ok(id);
            }
            if answer.status == 403 {
                return Err(missing(" and this login may not create one"));
            }
        }
        Err(retry(self.refused(&answer)))
    }
}
