//! WordPress REST API: a post with pictures, categories and tags on a site the office may write to.
//!
//! The order makes a repeat harmless. A slug ending in the delivery's key names the post; it is looked for first, including
//! in the trash; what is created is a draft, which nobody sees; a draft is published once it is the only one, and only by
//! its id, which may be asked for twice. WordPress itself would take a second post with the same slug and rename it, so the slug
//! that came back is always read. This file never publishes anything but by id, and never touches a post whose slug does
//! not carry the delivery's key.

mod article;
mod classify;
mod rest;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::TimeDelta;
use serde_json::{Value, json};

use self::article::{Article, slug};
use self::rest::{Post, Rest, Site};
use super::http::{Deadline, Http, Keys, LONGEST_SEND, Reachable, Reader};
use super::{BadSetting, Build, Capabilities, Kind, Push, Repeat, Transport, WireFile};
use crate::domain::form::{Files, Form};
use crate::domain::kit::Recipe;
use crate::domain::message::{Outbound, Voice};
use crate::domain::outcome::{Cause, Fault, Found, Outcome, Receipt};

const KEYS: Keys = &[
    ("url", true, "the site's address, as its visitors write it; /wp-json is added"),
    ("user", true, "the login the office writes with; the role Editor is enough"),
    ("password", true, "an application password of that login (password_file keeps it out of loa.yaml)"),
    (
        "categories_create",
        false,
        "true: a category the site lacks is created; false: the post waits; default true",
    ),
    ("timeout", false, "longest time of one send in seconds, 10 to 100; default 90"),
    ("slug_prefix", false, "put before every slug: lower-case letters, digits and -"),
    (
        "server_time_limit",
        false,
        "longest time in seconds the site may go on working after it stopped answering (max_execution_time and the web \
         server's own), 10 to 3600; default 300",
    ),
];

/// The kind.
pub const KIND: Kind = Kind { name: FORM.kind, form: FORM, keys: KEYS, borrows: false, build };

/// What a site takes.
const FORM: Form = Form {
    // What a server takes in one request unless told otherwise (PHP's `post_max_size`).
    files: Files { each: 8_000_000, all: u64::MAX },
    // A featured image: wide enough for a site's head and for the cards that other sites make of a link.
    picture: Some(Recipe {
        name: "web",
        width: 1600,
        height: 16_000,
        bytes: 1_000_000,
        quality: 85,
        gif: true,
        ratio: 0,
    }),
    ..Form::new("wordpress", Voice::Web)
};

fn build(b: Build) -> Result<Arc<dyn Transport>, BadSetting> {
    let r = Reader::new(&b.settings, KEYS)?;
    let budget = r.seconds("timeout", 90, 10..=LONGEST_SEND)?;
    let prefix = r.text("slug_prefix")?.unwrap_or_default();
    if prefix.len() > 40 || !prefix.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-')
    {
        let says = "may have lower-case letters, digits and -, at most 40".into();
        return Err(BadSetting { key: "slug_prefix".into(), says });
    }
    let user = r.need("user")?;
    if user.contains(':') {
        return Err(BadSetting { key: "user".into(), says: "must hold no colon (HTTP Basic)".into() });
    }
    let http = Http::new(budget, Reachable::Any).map_err(|says| BadSetting { key: String::new(), says })?;
    let site =
        Site { http, url: r.base_url("url", None)?, user: user.to_owned(), password: r.secret("password")? };
    let caps = Capabilities {
        push: Push::Place,
        voice: Voice::Web,
        max_text: None,
        max_caption: None,
        html: true,
        max_attachment: None,
        max_batch: 1,
        connections: 2,
        repeat: Repeat::Findable,
        limits: vec![],
        reach: false,
        send_timeout: budget + Duration::from_secs(5),
    };
    Ok(Arc::new(WordPress {
        site,
        caps,
        budget,
        prefix: prefix.to_owned(),
        create_categories: r.switch("categories_create", true)?,
        server_time_limit: r.seconds("server_time_limit", 300, 10..=3600)?,
    }))
}

struct WordPress {
    site: Site,
    caps: Capabilities,
    budget: Duration,
    prefix: String,
    create_categories: bool,
    server_time_limit: Duration,
}

/// The posts found under a delivery's slug, sorted out.
enum Standing {
    /// None.
    Nothing,
    /// Only in the trash: somebody at the site removed it.
    Trashed(u64),
    /// The one that counts: what the public sees before what it does not see, then the oldest. Every run that looks picks the
    /// same.
    Counts(Post),
}

fn sort_out(mut posts: Vec<Post>) -> Standing {
    posts.sort_by_key(|p| (!p.is_public(), p.status == "trash", p.id));
    match posts.into_iter().next() {
        None => Standing::Nothing,
        Some(p) if p.status == "trash" => Standing::Trashed(p.id),
        Some(p) => Standing::Counts(p),
    }
}

fn receipt(post: &Post, pending: bool) -> Receipt {
    let mut receipt = Receipt::new(post.id.to_string());
    receipt.url = Some(post.link.clone());
    receipt.pending = pending;
    receipt
}

fn accepted(post: &Post, pending: bool) -> Outcome {
    Outcome::Accepted(receipt(post, pending))
}

fn trashed(id: u64) -> Outcome {
    let says = format!(
        "post {id} of this delivery lies in the site's trash; restore it there, or delete it for good and retry"
    );
    Outcome::Rejected { fault: Fault::Content, cause: Cause::new("trashed_at_site", says) }
}

impl WordPress {
    fn rest(&self, msg: &Outbound) -> Rest<'_> {
        Rest { site: &self.site, deadline: Deadline::after(self.budget), now: Some(msg.now) }
    }
    async fn deliver(&self, msg: &Outbound) -> Result<Outcome, Outcome> {
        let article =
            Article::new(msg).map_err(|cause| Outcome::Rejected { fault: Fault::Content, cause })?;
        let rest = self.rest(msg);
        let slug = slug(&self.prefix, msg);
        let found = rest.posts(&slug).await?.0;
        let drafts = found.iter().filter(|p| p.is_draft()).count();
        let standing = match sort_out(found) {
            Standing::Trashed(id) => return Err(trashed(id)),
            Standing::Counts(p) if p.is_public() => return Ok(accepted(&p, false)),
            Standing::Counts(p) if msg.as_draft && p.status == "pending" => return Ok(accepted(&p, true)),
            Standing::Counts(p) => Some(p),
            Standing::Nothing => None,
        };
        let fields = self.prepare(&rest, &article, msg).await?;
        let made = match standing {
            // Left by a try that broke off, perhaps before its terms and picture were set: completed, then published.
            Some(p) if drafts == 1 => Made::Ours(rest.write(Some(p.id), &fields).await?),
            Some(_) => self.only_one(&rest, &slug, &fields, None).await?,
            None => self.create(&rest, &slug, fields).await?,
        };
        let post = match made {
            Made::Ours(p) => p,
            Made::Elsewhere(p) => return Ok(accepted(&p, false)),
        };
        if msg.as_draft {
            return self.hand_in(&rest, post).await;
        }
        self.publish(&rest, post).await
    }
    /// Uploads, finds or makes terms; answers the fields of the post.
    async fn prepare(
        &self,
        rest: &Rest<'_>,
        article: &Article<'_>,
        msg: &Outbound,
    ) -> Result<Value, Outcome> {
        let mut sources = Vec::new();
        let mut featured = 0;
        for blob in msg.blobs.iter() {
            let media = rest.media(blob).await?;
            if featured == 0 && article.is_featured(blob) {
                featured = media.id;
            }
            sources.push((blob.meta.cid.clone(), media.source_url));
        }
        let mut fields = json!({
            "title": article.title(),
            "content": article.content(&sources).map_err(|cause| Outcome::Rejected { fault: Fault::Content, cause })?,
            "excerpt": article.excerpt(),
            "featured_media": featured,
        });
        for (taxonomy, names, may_create) in
            [("categories", &msg.body.categories, self.create_categories), ("tags", &msg.body.tags, true)]
        {
            let mut ids = Vec::new();
            for name in names {
                let id = rest.term(taxonomy, name, may_create).await?;
                if !ids.contains(&id) {
                    ids.push(id);
                }
            }
            // An empty list of categories would take away the site's own default.
            if !ids.is_empty() {
                fields[taxonomy] = json!(ids);
            }
        }
        Ok(fields)
    }
    /// Creates the draft, and answers it, or that of another try, once it is the only one.
    async fn create(&self, rest: &Rest<'_>, slug: &str, mut fields: Value) -> Result<Made, Outcome> {
        fields["slug"] = json!(slug);
        fields["status"] = json!("draft");
        let made = match rest.write(None, &fields).await {
            Ok(p) => Some(p),
            // Whether a draft came to be is asked below; if not, a draft that comes later is seen by nobody.
            Err(o @ (Outcome::Unknown { .. } | Outcome::Retry { .. })) => {
                match sort_out(rest.posts(slug).await?.0) {
                    Standing::Nothing | Standing::Trashed(_) => return Err(retry(o)),
                    Standing::Counts(_) => None,
                }
            }
            Err(o) => return Err(o),
        };
        self.only_one(rest, slug, &fields, made.as_ref()).await
    }
    /// Answers the draft to publish once it is the only one. A site numbers posts before it shows them, so a lower number may
    /// come to light after ours: who sees nothing but its own draft may publish it, since everybody else who comes later sees
    /// that draft and waits; who sees others keeps the lowest alone and gives its own up. Of a draft whose try was cut off
    /// nobody gives word: after the longest time a site may work on it, it is put away.
    async fn only_one(
        &self,
        rest: &Rest<'_>,
        slug: &str,
        fields: &Value,
        made: Option<&Post>,
    ) -> Result<Made, Outcome> {
        let over = TimeDelta::from_std(self.budget + self.server_time_limit).unwrap_or(TimeDelta::MAX);
        let mut mine = made.map(|p| p.id);
        let mut pause = Duration::from_millis(100);
        loop {
            let (all, now) = rest.posts(slug).await?;
            let drafts: Vec<Post> = all.iter().filter(|p| p.is_draft()).cloned().collect();
            let chosen = match (sort_out(all), made) {
                (Standing::Counts(p), _) => p,
                (Standing::Trashed(id), _) => return Err(trashed(id)),
                // Ours is not there under the slug we asked for: WordPress or a plugin renamed it.
                (Standing::Nothing, Some(ours)) => {
                    rest.trash(ours.id).await?;
                    return Err(refuse_renamed(slug, &ours.slug));
                }
                (Standing::Nothing, None) => {
                    let cause =
                        Cause::new("draft_vanished", "the draft of this delivery was there and is gone");
                    return Err(Outcome::Retry { after: None, cause });
                }
            };
            if let Some(id) = mine.take_if(|id| *id != chosen.id) {
                rest.trash(id).await?;
                continue;
            }
            if chosen.is_public() {
                return Ok(Made::Elsewhere(chosen));
            }
            if drafts.len() == 1 {
                return match mine {
                    Some(_) => Ok(Made::Ours(chosen)),
                    None => Ok(Made::Ours(rest.write(Some(chosen.id), fields).await?)),
                };
            }
            for left in drafts.iter().filter(|p| p.id != chosen.id && p.is_older(over, now)) {
                rest.trash(left.id).await?;
            }
            if rest.deadline.left() < self.budget / 2 {
                let cause = Cause::new("two_drafts", format!("{} drafts of this delivery", drafts.len()));
                return Err(Outcome::Retry { after: Some(self.budget), cause });
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(Duration::from_secs(2));
        }
    }
    /// Leaves it to the site's people: `pending` where the login may publish; else it stays a draft, because WordPress takes
    /// the slug of a pending post away from those who may not, and the post could not be found again.
    async fn hand_in(&self, rest: &Rest<'_>, post: Post) -> Result<Outcome, Outcome> {
        let me = rest.me().await?;
        if !me.may("publish_posts") {
            return Ok(accepted(&post, true));
        }
        let post = rest.write(Some(post.id), &json!({ "status": "pending" })).await.map_err(retry)?;
        Ok(accepted(&post, true))
    }
    /// Publishes by id; asks what became of it where the answer was lost, and once more says "publish". Once an answer was
    /// lost the site may still be publishing: from then on only the public post itself ends the doubt.
    async fn publish(&self, rest: &Rest<'_>, post: Post) -> Result<Outcome, Outcome> {
        let mut lost: Option<Cause> = None;
        for _ in 0..2 {
            match rest.write(Some(post.id), &json!({ "status": "publish" })).await {
                Ok(p) if p.is_public() => return Ok(accepted(&p, false)),
                // A moderation plugin keeps it back.
                Ok(p) => return Ok(accepted(&p, true)),
                Err(Outcome::Unknown { cause }) => lost = Some(cause),
                Err(o) if lost.is_none() => return Err(o),
                // Refused, slowed down, out of time: that is about this request, and says nothing of the one before.
                Err(_) => break,
            }
            if let Ok(p) = rest.post(post.id).await
                && p.is_public()
            {
                return Ok(accepted(&p, false));
            }
        }
        let said = lost.map(|c| c.detail).unwrap_or_default();
        Err(Outcome::Unknown { cause: Cause::new("publish_unconfirmed", said) })
    }
}

enum Made {
    /// To be published.
    Ours(Post),
    /// Another try published it already.
    Elsewhere(Post),
}

/// For steps whose repeat changes nothing the public sees.
fn retry(o: Outcome) -> Outcome {
    match o {
        Outcome::Unknown { cause } => Outcome::Retry { after: None, cause },
        Outcome::Accepted(_)
        | Outcome::Retry { .. }
        | Outcome::Throttled { .. }
        | Outcome::Rejected { .. }
        | Outcome::Broken { .. } => o,
    }
}

fn refuse_renamed(wanted: &str, got: &str) -> Outcome {
    let taken = got.strip_prefix(wanted).and_then(|s| s.strip_prefix('-'));
    if taken.is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit())) {
        let says =
            format!("the slug {wanted} belongs to a post this login cannot see; look for it at the site");
        return Outcome::Rejected { fault: Fault::Content, cause: Cause::new("slug_taken", says) };
    }
    let says = format!(
        "the site changed the slug {wanted} to {got}; posts could not be found again: switch that off"
    );
    Outcome::Broken { cause: Cause::new("slug_changed", says) }
}

fn receipt_id(receipt: &Receipt) -> Result<u64, Outcome> {
    receipt.id.parse().map_err(|_| Outcome::Rejected {
        fault: Fault::Content,
        cause: Cause::new("bad_receipt", "the receipt is not the number of a post"),
    })
}

#[async_trait]
impl Transport for WordPress {
    fn capabilities(&self) -> &Capabilities {
        &self.caps
    }
    async fn send(&self, msg: &Outbound) -> Outcome {
        self.deliver(msg).await.unwrap_or_else(|o| o)
    }
    /// `msg.now` is the instant of the attempt that is asked about. "No" is said only where that attempt is older, by the
    /// site's own clock, than the send and the site's time limit together: until then the site may still be working on it.
    async fn find(&self, msg: &Outbound) -> Found {
        let rest = self.rest(msg);
        let Ok((posts, date)) = rest.posts(&slug(&self.prefix, msg)).await else { return Found::CannotTell };
        match sort_out(posts) {
            Standing::Counts(p) if p.is_public() => return Found::Yes(receipt(&p, false)),
            Standing::Counts(p) if msg.as_draft => return Found::Yes(receipt(&p, true)),
            // A person at the site decided something: a person here must too.
            Standing::Trashed(_) => return Found::CannotTell,
            Standing::Counts(_) | Standing::Nothing => {}
        }
        let over = TimeDelta::from_std(self.budget + self.server_time_limit).unwrap_or(TimeDelta::MAX);
        match date {
            Some(date) if date.signed_duration_since(msg.now) > over => Found::No,
            Some(_) | None => Found::CannotTell,
        }
    }
    async fn update(&self, receipt: &Receipt, msg: &Outbound) -> Outcome {
        let update = async {
            let id = receipt_id(receipt)?;
            let article =
                Article::new(msg).map_err(|cause| Outcome::Rejected { fault: Fault::Content, cause })?;
            let rest = self.rest(msg);
            let fields = self.prepare(&rest, &article, msg).await?;
            let post = rest.write(Some(id), &fields).await.map_err(retry)?;
            Ok(accepted(&post, !post.is_public()))
        };
        update.await.unwrap_or_else(|o: Outcome| o)
    }
    async fn withdraw(&self, receipt: &Receipt) -> Outcome {
        let withdraw = async {
            let id = receipt_id(receipt)?;
            let rest = Rest { site: &self.site, deadline: Deadline::after(self.budget), now: None };
            rest.trash(id).await?;
            Ok(Outcome::Accepted(receipt.clone()))
        };
        withdraw.await.unwrap_or_else(|o: Outcome| o)
    }
    fn compose(&self, msg: &Outbound) -> Result<Vec<WireFile>, Cause> {
        let article = Article::new(msg)?;
        let own: Vec<(String, String)> =
            msg.blobs.iter().map(|b| (b.meta.cid.clone(), b.meta.name.clone())).collect();
        let content = article.content(&own)?;
        let call = json!({
            "title": article.title(),
            "slug": slug(&self.prefix, msg),
            "excerpt": article.excerpt(),
            "content": content,
            "status": if msg.as_draft { "pending" } else { "publish" },
            "featured_media": msg.blobs.iter().find(|b| article.is_featured(b)).map(|b| b.meta.name.clone()),
            "categories": msg.body.categories,
            "tags": msg.body.tags,
        });
        let bytes =
            serde_json::to_vec_pretty(&call).map_err(|e| Cause::new("not_composed", e.to_string()))?;
        let page = format!(
            "<!doctype html>\n<meta charset=\"utf-8\">\n<title>{title}</title>\n<h1>{title}</h1>\n{content}\n",
            title = article.title()
        );
        let mut files = vec![
            WireFile { ext: "json".into(), bytes },
            WireFile { ext: "html".into(), bytes: page.into_bytes() },
        ];
        files.extend(msg.blobs.iter().map(|b| WireFile {
            ext: b.meta.name.rsplit_once('.').map_or("bin", |(_, e)| e).to_owned(),
            bytes: b.bytes.to_vec(),
        }));
        Ok(files)
    }
    async fn probe(&self) -> Result<(), Cause> {
        let rest = Rest { site: &self.site, deadline: Deadline::after(self.budget), now: None };
        match rest.me().await {
            Ok(me) if me.may("edit_posts") => Ok(()),
            Ok(_) => {
                Err(Cause::new("no_rights", "this login may not write posts; the role Editor is enough"))
            }
            Err(o) => Err(o.cause().cloned().unwrap_or_else(|| Cause::new("refused", ""))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_run_chooses_the_same_post() {
        let post = |id: u64, status: &str| -> Post {
            serde_json::from_value(json!({"id": id, "status": status, "slug": "s", "link": "l"})).unwrap()
        };
        let chosen = |posts: Vec<Post>| match sort_out(posts) {
            Standing::Counts(p) => p.id as i64,
            Standing::Trashed(id) => -(id as i64),
            Standing::Nothing => 0,
        };
        for (posts, want) in [
            (vec![], 0),
            (vec![post(5, "draft"), post(3, "draft")], 3),
            (vec![post(3, "draft"), post(5, "publish")], 5),
            (vec![post(2, "trash"), post(5, "draft"), post(7, "pending")], 5),
            (vec![post(9, "trash"), post(2, "trash")], -2),
            (vec![post(9, "future"), post(2, "pending")], 9),
        ] {
            let mut turned = posts.clone();
            turned.reverse();
            assert_eq!((chosen(posts), chosen(turned)), (want, want));
        }
    }
}
