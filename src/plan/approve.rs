//! Approval: who may give which step, and what is frozen with it.
//!
//! A step binds to the revision (text, voices, assets, facts, selectors, times) and records what the selectors chose at that
//! moment. The first step freezes the renditions: later steps, and the sends, are about exactly these.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::json;

use super::deadline;
use super::derive::Derivatives;
use super::{Desired, ms};
use crate::config::Settings;
use crate::domain::campaign::{Campaign, Class, Post, Recording};
use crate::domain::id::{Origin, PersonId};
use crate::domain::message::{MARK_PUBLIC, Rendition, Voice};
use crate::domain::people::{Actor, Person};
use crate::domain::sound;
use crate::domain::unit::Family;
use crate::domain::workspace::Workspace;
use crate::kit::{AssetStore, KitError};
use crate::render::{Document, Pictures, Piece, RenderContext, RenderFault, Templates};
use crate::store::{ApprovalRow, Store, StoreError};
use crate::yaml::Say;

/// Why a step was not given.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// Nobody of that id in `campaigns/people.yaml`.
    #[error("there is nobody called {0} in campaigns/people.yaml")]
    NobodyKnown(String),
    /// The post is not in the workspace, or a fault stops it.
    #[error("{0} is not a post of the workspace that is free of faults; see `loa check`")]
    NoPost(String),
    /// Nothing was applied yet.
    #[error("{0} is not in the plan yet; write it with `loa apply` first")]
    NeverApplied(String),
    /// The workspace's text is not what was applied.
    #[error("{0} was edited since the last `loa apply`; apply it first, then approve what was applied")]
    NotApplied(String),
    /// The author.
    #[error("{person} wrote {origin}: somebody else must approve it")]
    Author {
        /// The post.
        origin: String,
        /// Who.
        person: String,
    },
    /// Another step comes first.
    #[error(
        "{origin} waits for step `{step}`; {person} does not have it (and stands in for nobody who has it today)"
    )]
    NotTheirStep {
        /// The post.
        origin: String,
        /// The step that is next.
        step: String,
        /// Who.
        person: String,
    },
    /// All steps are given.
    #[error("{0} is approved already")]
    Done(String),
    /// One person for two steps.
    #[error("{person} gave an earlier step of {origin}: each step wants another person")]
    Twice {
        /// The post.
        origin: String,
        /// Who.
        person: String,
    },
    /// It cannot be rendered.
    #[error("{origin} cannot be rendered: {}", faults.join("; "))]
    Render {
        /// The post.
        origin: String,
        /// What is wrong.
        faults: Vec<String>,
    },
    /// A file of it cannot be kept.
    #[error("{}: {}", file.display(), why.en)]
    Asset {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        why: Say,
    },
    /// The database's.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Refusal {
    fn asset(file: &Path, why: &KitError) -> Self {
        Self::Asset { file: file.to_owned(), why: why.say() }
    }
}

/// A step that was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    /// The post.
    pub origin: String,
    /// The step.
    pub step: String,
    /// Steps in all.
    pub of: usize,
    /// Which it was, from 1.
    pub number: usize,
    /// What the selectors chose: sending → (channels, people).
    pub counts: BTreeMap<String, (usize, i64)>,
    /// What differs from the renditions approved before, by kind. `None`: nothing of the post was.
    pub changes: Option<Vec<(String, Vec<Piece>)>>,
}

/// The steps of a class: those of `loa.yaml`, or one step that anybody but the author may give.
pub fn steps(settings: &Settings, class: Class) -> Vec<String> {
    match settings.approval.get(&class) {
        Some(steps) if !steps.is_empty() => steps.clone(),
        _ => vec![ANYBODY.to_owned()],
    }
}

/// Who may have been meant by a name that is nobody's id: by the id, or by the name people call them.
pub fn near_person<'a>(ws: &'a Workspace, typed: &str) -> Option<&'a Person> {
    let id = crate::yaml::closest(typed, ws.people.keys().map(PersonId::as_str));
    let called = || {
        let typed = crate::yaml::fold(typed);
        let name = |p: &&Person| crate::yaml::fold(&p.name) == typed;
        let mut all = ws.people.values().filter(name);
        all.next().filter(|_| all.next().is_none())
    };
    id.and_then(|i| ws.people.get(i)).or_else(called)
}

/// The step of a class for which `loa.yaml` names nobody.
pub const ANYBODY: &str = "*";

/// Reads a class's stored word.
pub fn class_of(word: &str) -> Class {
    [Class::Policy, Class::Internal, Class::Urgent, Class::Advertising]
        .into_iter()
        .find(|c| c.as_str() == word)
        .unwrap_or(Class::Policy)
}

/// Whether a person may give a step on a day; the document if they stand in for somebody.
pub fn may(settings: &Settings, person: &Person, step: &str, day: NaiveDate) -> Option<Option<String>> {
    let has = |name: &str| person.id.as_str() == name || person.roles.iter().any(|r| r == name);
    if step == ANYBODY || has(step) {
        return Some(None);
    }
    settings
        .substitutes
        .iter()
        .find(|s| s.person == person.id && s.from <= day && day <= s.until && s.for_step == step)
        .map(|s| s.document.clone())
}

/// What an approval works with.
#[derive(Clone, Copy)]
pub struct Desk<'a> {
    /// The database.
    pub store: &'a Store,
    /// The settings.
    pub settings: &'a Settings,
    /// The workspace.
    pub workspace: &'a Workspace,
    /// The templates.
    pub templates: &'a Templates,
    /// Where frozen files are kept.
    pub assets: &'a AssetStore,
}

impl Desk<'_> {
    /// Gives the next step of a post.
    ///
    /// # Errors
    /// Why not; nothing is written then.
    pub async fn approve(
        &self,
        campaign: &str,
        post: &str,
        by: &str,
        now: DateTime<Utc>,
    ) -> Result<Given, Refusal> {
        let origin = format!("{campaign}/{post}");
        let person = self
            .workspace
            .people
            .get(&PersonId::new(by))
            .ok_or_else(|| Refusal::NobodyKnown(by.to_owned()))?;
        let found = self
            .workspace
            .campaigns
            .iter()
            .find(|c| c.id.as_str() == campaign)
            .and_then(|c| c.posts.iter().find(|p| p.id.as_str() == post).map(|p| (c, p)));
        let (c, p) = found.ok_or_else(|| Refusal::NoPost(origin.clone()))?;
        let desired = Desired::of(self.workspace, self.settings, &[], now);
        let wanted = desired
            .posts
            .iter()
            .find(|d| d.origin == origin)
            .and_then(|d| d.revision.as_ref())
            .map(|r| r.hash.clone());
        let stored = self.store.post_get(&origin).await?;
        if stored.as_ref().is_none_or(|row| row.revision_hash.is_none()) {
            return Err(Refusal::NeverApplied(origin));
        }
        let revision = match stored {
            Some(row) if row.revision_hash == wanted && row.removed_at.is_none() => row.revision_id,
            Some(_) | None => None,
        };
        let revision = revision.ok_or_else(|| Refusal::NotApplied(origin.clone()))?;
        if p.author == person.id {
            return Err(Refusal::Author { origin, person: person.id.to_string() });
        }
        let steps = steps(self.settings, p.class);
        let given = self.store.approval_of(revision).await?;
        // A list that grew beyond what was approved, or a channel that changed its kind, asks once more: whoever has the last
        // step looks at the new counts and the new form.
        let renew = given.len() >= steps.len()
            && (self.store.post_has_gate(&origin, "grown").await?
                || self.store.revision_lacks_rendition(revision).await?);
        let number = if renew { steps.len() - 1 } else { given.len() };
        let Some(step) = steps.get(number) else { return Err(Refusal::Done(origin)) };
        if given.iter().take(number).any(|g| g.by_name == person.id.as_str()) {
            return Err(Refusal::Twice { origin, person: person.id.to_string() });
        }
        let day = now.with_timezone(&self.settings.time_zone).date_naive();
        let Some(document) = may(self.settings, person, step, day) else {
            return Err(Refusal::NotTheirStep { origin, step: step.clone(), person: person.id.to_string() });
        };
        let renditions = if given.is_empty() || renew { self.renditions(c, p, &desired)? } else { vec![] };
        let voices: Vec<Voice> = renditions.iter().map(|r| r.voice).collect();
        let templates = (!voices.is_empty()).then(|| json!(self.templates.hashes_of(&voices)).to_string());
        // What an approver decides on is what was frozen, and how it differs from what was approved before.
        let before = self.store.renditions_approved(&origin, steps.len(), Some(revision)).await?;
        let frozen = if renditions.is_empty() {
            self.store.renditions_of(revision).await?
        } else {
            renditions.clone()
        };
        let changes = super::preview::differences(&before, &frozen);
        let mut counts = BTreeMap::new();
        for s in &p.sendings {
            let family = s.family.as_str();
            let channels = self.workspace.channels_of(s.family, &s.to, &s.except).len();
            let lists: Vec<String> = self.workspace.lists_of(&s.to).map(|l| l.id.to_string()).collect();
            let except: Vec<String> = self.workspace.lists_of(&s.except).map(|l| l.id.to_string()).collect();
            let people =
                if lists.is_empty() { 0 } else { self.store.list_reachable(&lists, &except, family).await? };
            counts.insert(s.id.to_string(), (channels, people));
        }
        let row = ApprovalRow {
            revision_id: revision,
            step: number as i64,
            step_name: step.clone(),
            by_name: person.id.to_string(),
            proof: "attested".into(),
            document,
            counts: json!(counts).to_string(),
            templates,
            at: ms(now),
        };
        if renew {
            self.store.approval_renew(&row, &origin, &renditions, &Actor::attested(by), ms(now)).await?;
        } else {
            self.store.approval_add(&row, &origin, &renditions, &Actor::attested(by), ms(now)).await?;
        }
        Ok(Given { origin, step: step.clone(), of: steps.len(), number: number + 1, counts, changes })
    }

    /// Renders a post for every kind its sendings use and keeps the files it shows.
    ///
    /// # Errors
    /// What cannot be rendered or kept.
    pub fn renditions(&self, c: &Campaign, p: &Post, desired: &Desired) -> Result<Vec<Rendition>, Refusal> {
        let origin = Origin::post(&c.id, &p.id);
        for (_, path, sha256) in document_paths(self.settings, c) {
            self.keep(&path, sha256)?;
        }
        for used in &p.assets {
            if let Some(asset) = self.workspace.kit.get(&used.asset) {
                self.keep(&self.settings.root.join("campaigns").join(&asset.file), Some(&asset.sha256))?;
            }
        }
        if let Some(r) = &p.recording {
            self.keep_recording(r)?;
        }
        let pictures = Derivatives::new(self.settings, self.assets);
        let (out, faults) =
            render_all(self.settings, self.workspace, self.templates, c, p, desired, &pictures);
        if faults.is_empty() {
            // A picture that goes as it is may stand in the text alone.
            let shown: BTreeSet<&str> =
                out.iter().flat_map(|r| &r.attachments).map(|a| a.sha256.as_str()).collect();
            for asset in self.workspace.kit.values().filter(|a| shown.contains(a.sha256.as_str())) {
                self.keep(&self.settings.root.join("campaigns").join(&asset.file), Some(&asset.sha256))?;
            }
            // What Zalo fetches from the office's own listener is shown there from now on.
            for a in out.iter().flat_map(|r| &r.attachments) {
                if a.url.as_deref().is_some_and(|u| u.starts_with(MARK_PUBLIC)) {
                    self.assets.publish(&a.sha256).map_err(|e| Refusal::asset(Path::new(&a.name), &e))?;
                }
            }
            return Ok(out);
        }
        let faults = faults
            .into_iter()
            .map(|f| {
                let line = f.line.map_or_else(String::new, |l| format!(":{l}"));
                format!("{}{line}: {}", f.file, f.message(self.settings.language))
            })
            .collect();
        Err(Refusal::Render { origin: origin.to_string(), faults })
    }

    /// Keeps a recording as its sound alone; one that changed since the folder was read is not kept.
    fn keep_recording(&self, r: &Recording) -> Result<(), Refusal> {
        let path = self.settings.root.join(&r.file);
        let refused = |e: KitError| Refusal::asset(&path, &e);
        let bytes = crate::kit::read(&path).map_err(refused)?;
        let (_, bare) = sound::mp3_bare(&bytes).ok_or_else(|| refused(KitError::NotWhole("audio/mpeg")))?;
        let found = crate::kit::hash(&bare);
        if found != r.sha256 {
            return Err(refused(KitError::WrongHash { expected: r.sha256.clone(), found }));
        }
        self.assets.put(&bare).map(drop).map_err(refused)
    }

    fn keep(&self, path: &Path, sha256: Option<&str>) -> Result<crate::kit::Imported, Refusal> {
        self.assets.import(path, sha256).map_err(|e| Refusal::asset(path, &e))
    }
}

/// The kinds of transport that the occurrences of a post use.
pub fn kinds_of(origin: &Origin, desired: &Desired) -> BTreeSet<String> {
    senders_of(origin, desired).into_iter().map(|(_, kind)| kind).collect()
}

/// The accounts that the occurrences of a post go by, with their kinds.
fn senders_of(origin: &Origin, desired: &Desired) -> BTreeSet<(String, String)> {
    let by: BTreeMap<&str, (&str, &str)> = desired
        .channels
        .iter()
        .map(|c| (c.target_ref.as_str(), (c.account.as_str(), c.kind.as_str())))
        .collect();
    desired
        .occurrences
        .values()
        .filter(|o| o.origin == origin.as_str())
        .flat_map(|o| {
            o.channels
                .iter()
                .filter_map(|c| by.get(c.as_str()).map(|(a, k)| ((*a).to_owned(), (*k).to_owned())))
                .chain(o.carrier.clone())
                .collect::<Vec<_>>()
        })
        .collect()
}

/// The families that a screen lists for a post, in order.
pub fn families_of(p: &Post) -> Vec<Family> {
    let mut f: Vec<Family> = p.sendings.iter().map(|s| s.family).collect();
    f.sort();
    f.dedup();
    f
}

/// Copies of legal documents: number, path, and the SHA-256 that was read and is in the revision.
fn document_paths<'a>(
    settings: &Settings,
    c: &'a Campaign,
) -> Vec<(&'a str, std::path::PathBuf, Option<&'a str>)> {
    let folder = settings.root.join("campaigns").join(c.id.as_str());
    let copy = |b: &'a crate::domain::campaign::LegalBasis| {
        Some((b.number.as_str(), folder.join(b.file.as_ref()?), b.sha256.as_deref()))
    };
    c.legal_basis.iter().filter_map(copy).collect()
}

/// A text of more messages than an account may ever send within one of its limits.
fn above_limits(
    settings: &Settings,
    c: &Campaign,
    p: &Post,
    desired: &Desired,
    r: &Rendition,
) -> Option<RenderFault> {
    let senders = senders_of(&Origin::post(&c.id, &p.id), desired);
    senders.iter().filter(|(_, kind)| *kind == r.kind).find_map(|(account, _)| {
        let own = settings.accounts.values().find(|a| a.id.as_str() == account)?;
        let carrier = own.carrier.as_ref().and_then(|id| settings.accounts.get(id));
        let rates = carrier.into_iter().chain([own]).flat_map(|a| &a.limits).flat_map(|rate| rate.windows());
        let most = rates.map(|(count, _)| count).min()?;
        let parts = usize::from(r.messages());
        (parts > most as usize).then(|| RenderFault {
            code: "text_above_limit",
            file: format!("campaigns/{}/posts/{}/post.yaml", c.id, p.id),
            line: None,
            column: None,
            width: None,
            vi: format!(
                "Bài này thành {parts} tin {}, mà `limit` của tài khoản {account} chỉ cho {most} tin một lần: không bao giờ gửi được. \
                 Rút gọn hoặc viết một bản riêng cho kênh này, hoặc nâng `limit`.",
                r.kind
            ),
            en: format!(
                "This text makes {parts} messages of {}, and `limit` of the account {account} lets {most} go at once: it could never \
                 be sent. Shorten it or write a text for this channel, or raise `limit`.",
                r.kind
            ),
        })
    })
}

/// A file of the kit that readers are led to by an address that only the office can open: they would see nothing, and learn what its
/// machines are called.
fn internal_address(
    settings: &Settings,
    ws: &Workspace,
    c: &Campaign,
    p: &Post,
    r: &Rendition,
) -> Option<RenderFault> {
    // Within the office it can be opened.
    if p.class == Class::Internal {
        return None;
    }
    let within = |url: &str| {
        let authority = url.split_once("://").map_or(url, |x| x.1).split(['/', '?', '#']).next()?;
        let host = authority.rsplit_once(':').map_or(authority, |(host, _)| host);
        settings.kit_hosts.iter().find(|h| *h == authority || *h == host)
    };
    let shown = |url: &str| r.text.contains(url) || r.html.iter().chain(&r.parts).any(|t| t.contains(url));
    let (url, host) = ws.kit.values().find_map(|a| {
        let url = a.url.as_deref().filter(|u| shown(u))?;
        Some((url, within(url)?))
    })?;
    Some(RenderFault {
        code: "internal_address",
        file: format!("campaigns/{}/posts/{}/post.yaml", c.id, p.id),
        line: None,
        column: None,
        width: None,
        vi: format!(
            "Bản gửi {} dẫn người đọc tới {url}, mà {host} là máy trong mạng nội bộ (kit.allow_private). Ghi địa chỉ công khai của tệp vào \
             `url` trong campaigns/media-kit.yaml, hoặc bỏ tư liệu này khỏi bài.",
            r.kind
        ),
        en: format!(
            "The text for {} leads readers to {url}, and {host} is a machine of the office's own network (kit.allow_private). Write the file's \
             public address into `url` in campaigns/media-kit.yaml, or take the asset off the post.",
            r.kind
        ),
    })
}

/// Renders a post for every kind its sendings use, without freezing anything. What is frozen or compared with what is frozen takes
/// its pictures from [`Derivatives`](super::derive::Derivatives).
pub fn render_all(
    settings: &Settings,
    ws: &Workspace,
    templates: &Templates,
    c: &Campaign,
    p: &Post,
    desired: &Desired,
    pictures: &dyn Pictures,
) -> (Vec<Rendition>, Vec<RenderFault>) {
    let mut documents = BTreeMap::new();
    let mut faults: Vec<RenderFault> = Vec::new();
    for (number, path, expected) in document_paths(settings, c) {
        let name = path.file_name().and_then(|n| n.to_str());
        let read = crate::kit::read(&path).map_err(|e| e.say()).and_then(|bytes| {
            let info = crate::kit::inspect(&bytes, name).map_err(|e| e.say())?;
            let sha256 = crate::kit::hash(&bytes);
            if expected.is_some_and(|e| e != sha256) {
                return Err(Say::new(
                    "tệp vừa bị đổi, chạy lại lệnh",
                    "it was changed a moment ago, run again",
                ));
            }
            Ok(Document { mime: info.mime.to_owned(), sha256, bytes: bytes.len() as u64 })
        });
        match read {
            Ok(d) => {
                documents.insert(number.to_owned(), d);
            }
            Err(e) => faults.push(RenderFault {
                code: "document_unreadable",
                file: path.strip_prefix(&settings.root).unwrap_or(&path).display().to_string(),
                line: None,
                column: None,
                width: None,
                vi: format!("Không dùng được bản {number}: {}", e.vi),
                en: format!("The copy of {number} cannot be used: {}", e.en),
            }),
        }
    }
    let organisation = ws
        .units
        .get(&settings.organisation)
        .map_or_else(|| settings.organisation.to_string(), |u| u.name.clone());
    let mut ctx = RenderContext {
        templates,
        organisation: &organisation,
        public_url: settings.public_url.as_deref(),
        duty_phone: settings.duty_phone.as_deref(),
        done_by: None,
        documents: &documents,
        pace: settings.speech.pace(),
        pictures,
    };
    let mut out = Vec::new();
    for kind in kinds_of(&Origin::post(&c.id, &p.id), desired) {
        let Some(form) = crate::transport::form(&kind) else { continue };
        if form.package.is_some() {
            match deadline::of(c, p, desired, &kind) {
                Ok(day) => ctx.done_by = day,
                Err(f) => {
                    faults.push(f);
                    continue;
                }
            }
        }
        match crate::render::render(p, c, ws, form, &ctx) {
            Ok(r) => {
                faults.extend(above_limits(settings, c, p, desired, &r));
                faults.extend(internal_address(settings, ws, c, p, &r));
                out.push(r);
            }
            Err(found) => faults.extend(found),
        }
    }
    // One fault of a text shows in every voice that uses it; say it once.
    let mut seen = BTreeSet::new();
    faults.retain(|f| seen.insert((f.code, f.file.clone(), f.line, f.vi.clone())));
    (out, faults)
}
