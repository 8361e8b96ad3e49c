//! What staff plan: a campaign, its posts, their sendings.
//!
//! These values come from [`crate::manifest`], which checks them with positions; whoever holds one may rely on its ids
//! being slugs and its dates being real.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::form::Form;
use super::id::{
    AssetId, AudienceId, CampaignId, GroupId, ListId, MessageId, ObjectiveId, PersonId, PostId, SendingId,
    UnitId,
};
use super::schedule::{QuietHours, Schedule};
use super::unit::Family;

/// A campaign: a period, a legal basis, objectives, audiences, messages, posts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Campaign {
    /// The folder's name.
    pub id: CampaignId,
    /// Its full title.
    pub title: String,
    /// The unit that leads it.
    pub owner: UnitId,
    /// First day; nothing happens before it.
    pub start: NaiveDate,
    /// Last day; nothing happens after it.
    pub end: NaiveDate,
    /// The documents it rests on.
    pub legal_basis: Vec<LegalBasis>,
    /// Whom the plan wants to reach.
    pub audiences: Vec<Audience>,
    /// What it wants to say: id and sentence.
    pub messages: Vec<(MessageId, String)>,
    /// What it wants to achieve.
    pub objectives: Vec<Objective>,
    /// Class of a post that states none.
    pub default_class: Class,
    /// Unit to contact about a post that names none.
    pub contact: Option<UnitId>,
    /// Posts that need not show the media kit, and why.
    pub kit_exemptions: Vec<KitExemption>,
    /// Its posts, in the order of their folders' names. A post with a fault is not here.
    pub posts: Vec<Post>,
}

impl Campaign {
    /// Why this post need not show the media kit: its own exemption, else that of the whole campaign.
    pub fn kit_exemption(&self, post: &str) -> Option<&KitExemption> {
        let own = |e: &&KitExemption| e.post.as_ref().is_some_and(|p| p.as_str() == post);
        let all = &self.kit_exemptions;
        all.iter().find(own).or_else(|| all.iter().find(|e| e.post.is_none()))
    }
}

/// A post of class `policy` that goes to the public without the programme's own material.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KitExemption {
    /// The post; `None`: every post of the campaign.
    pub post: Option<PostId>,
    /// Why nothing of the kit can be used.
    pub reason: String,
    /// Who allowed it.
    pub approved_by: PersonId,
}

/// A legal document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LegalBasis {
    /// Kế hoạch, Quyết định, Thông tư…
    pub kind: String,
    /// Its number: `276/KH-UBND`.
    pub number: String,
    /// Its date.
    pub date: NaiveDate,
    /// Who issued it.
    pub issuer: String,
    /// What it says, in a line.
    pub title: Option<String>,
    /// Path below the campaign's folder of a copy that may be attached.
    pub file: Option<String>,
    /// SHA-256 of that copy, 64 hexadecimal digits.
    pub sha256: Option<String>,
}

/// Whom the plan wants to reach; never a recipient.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Audience {
    /// Its id (`for:`).
    pub id: AudienceId,
    /// In words.
    pub title: String,
    /// Messages the plan has for it (empty: any).
    pub messages: Vec<MessageId>,
    /// Channels the plan uses for it (empty: any).
    pub channels: Vec<Family>,
}

/// What the campaign wants to achieve.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Objective {
    /// Its id.
    pub id: ObjectiveId,
    /// In words.
    pub title: String,
    /// Who answers for it.
    pub unit: Option<UnitId>,
    /// The audiences it concerns.
    pub audiences: Vec<AudienceId>,
    /// Lower bound, percent.
    pub at_least: Option<f64>,
    /// Aim, percent.
    pub aim: Option<f64>,
    /// What is counted.
    pub counted_on: Option<String>,
}

/// Which approval a post needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Policy information to the public.
    Policy,
    /// To the office's own staff and units.
    Internal,
    /// Urgent: goes before everything else and through quiet hours.
    Urgent,
    /// Advertising in the sense of Decree 91/2020: labelled, needs consent.
    Advertising,
}

impl Class {
    /// The word in files.
    pub fn as_str(self) -> &'static str {
        match self {
            Class::Policy => "policy",
            Class::Internal => "internal",
            Class::Urgent => "urgent",
            Class::Advertising => "advertising",
        }
    }
}

/// A post: content and sendings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Post {
    /// The folder's name.
    pub id: PostId,
    /// Title; also the subject of mails unless a text says otherwise.
    pub title: String,
    /// Who wrote it.
    pub author: PersonId,
    /// Audience of the campaign's plan.
    pub audience: AudienceId,
    /// Policy message of the campaign's plan.
    pub message: MessageId,
    /// Which approval it needs.
    pub class: Class,
    /// Pictures and documents of the media kit, in order; the first picture is the featured one.
    pub assets: Vec<AssetUse>,
    /// Legal documents to attach: numbers out of the campaign's legal basis.
    pub attach: Vec<String>,
    /// The script as a person read it: what stations play instead of reading the sheet.
    #[serde(default)]
    pub recording: Option<Recording>,
    /// Where to read more.
    pub link: Option<String>,
    /// Categories on websites.
    pub categories: Vec<String>,
    /// Tags on websites.
    pub tags: Vec<String>,
    /// Unit to contact about it.
    pub contact: Option<UnitId>,
    /// Texts beside `post.yaml`.
    pub texts: Texts,
    /// Where and when. Empty is a fault.
    pub sendings: Vec<Sending>,
}

/// The texts of a post, in Markdown with `{{fact "…"}}`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Texts {
    /// `noi-dung.md`.
    pub main: Option<Text>,
    /// Overrides: key is a voice (`web`, `mail`, `chat`, `script`, `press`) or a kind (`wordpress`, `email`, `telegram`,
    /// `zalo-bot`…). A kind wins over a voice. Files: `web.md`, `thu.md` (mail), `tin-nhan.md` (chat), `loa.md` (script),
    /// `bao-chi.md` (press), `telegram.md`, `zalo.md` (zalo-bot).
    pub overrides: BTreeMap<String, Text>,
}

impl Texts {
    /// The override that a kind shows, if there is one.
    pub fn own(&self, form: &Form) -> Option<&Text> {
        self.overrides.get(form.kind).or_else(|| self.overrides.get(form.text))
    }
}

/// One text file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Text {
    /// Path below the workspace, for messages.
    pub file: String,
    /// NFC Markdown, LF line ends. A first line `# …` is no heading of the body but its own title (mail subject).
    pub body: String,
}

/// A recording of a script. What is approved, kept and handed to stations is its sound without tags.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recording {
    /// Path below the workspace.
    pub file: String,
    /// SHA-256 of the sound ([`super::sound::mp3_bare`]), 64 hexadecimal digits.
    pub sha256: String,
    /// Size of the sound in bytes.
    pub bytes: u64,
    /// How long it is, in seconds, begun ones included.
    pub seconds: u32,
}

/// An asset as a post uses it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AssetUse {
    /// Id in the media kit.
    pub asset: AssetId,
    /// What the picture shows, for who cannot see it.
    pub alt: Option<String>,
    /// Words under the picture.
    pub caption: Option<String>,
}

/// Where a post goes, and when.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sending {
    /// Its identity within the post; its place in the list is none.
    pub id: SendingId,
    /// What staff write after `channel:`.
    pub family: Family,
    /// Whom it goes to.
    pub to: Vec<Selector>,
    /// Whom not.
    pub except: Vec<Selector>,
    /// When.
    pub schedule: Schedule,
    /// How long after its time it is still useful, in seconds; `None`: the workspace's default for the family.
    pub late_ok: Option<i64>,
    /// For hand-over: last day for the webmaster.
    pub done_by: Option<NaiveDate>,
    /// How urgent.
    pub priority: Priority,
}

impl Sending {
    /// When it really goes out: what rings in a pocket waits for the end of quiet hours, unless it is urgent.
    pub fn due(&self, at: DateTime<Utc>, quiet: Option<QuietHours>, zone: chrono_tz::Tz) -> DateTime<Utc> {
        match quiet {
            Some(q) if self.family.reaches_people_directly() && self.priority.rank() > 0 => {
                q.next_open(at, zone)
            }
            Some(_) | None => at,
        }
    }
}

/// How urgent a sending is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Priority {
    /// Khẩn cấp: at once, through quiet hours, before everything else (Circular 39/2020: played immediately).
    Urgent,
    /// Ưu tiên: before ordinary ones.
    Priority,
    /// Thường.
    Ordinary,
    /// Large lists; everything else goes first.
    Bulk,
}

impl Priority {
    /// Rank in the ledger: 0 goes first.
    pub fn rank(self) -> i16 {
        match self {
            Priority::Urgent => 0,
            Priority::Priority => 1,
            Priority::Ordinary => 2,
            Priority::Bulk => 3,
        }
    }
    /// The word in files.
    pub fn as_str(self) -> &'static str {
        match self {
            Priority::Urgent => "urgent",
            Priority::Priority => "priority",
            Priority::Ordinary => "ordinary",
            Priority::Bulk => "bulk",
        }
    }
}

/// Whatever `to:`/`except:` chooses. One namespace: ids are unique across units, groups and lists.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind", content = "id")]
pub enum Selector {
    /// A unit's channel of the sending's family.
    Unit(UnitId),
    /// The channels of every unit of a group.
    Group(GroupId),
    /// The contacts of a list.
    List(ListId),
    /// Every unit that has a channel of the family; `all` must be written.
    All,
}

impl Selector {
    /// The id as written.
    pub fn as_str(&self) -> &str {
        match self {
            Selector::Unit(u) => u.as_str(),
            Selector::Group(g) => g.as_str(),
            Selector::List(l) => l.as_str(),
            Selector::All => "all",
        }
    }
}
