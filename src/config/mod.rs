//! `loa.yaml`, the environment and secret files: the only reader of them (floor F1).
//!
//! Invariant: a [`Settings`] that exists is valid; a secret in it is never shown by `Debug`.

mod read;
mod shape;
mod speech;
mod table;

pub use read::load;
pub use shape::LOA;
pub use speech::Speech;
pub use table::Setting;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use chrono::{NaiveDate, NaiveTime};

use crate::domain::alert::Cause;
use crate::domain::campaign::Class;
use crate::domain::id::{AccountId, PersonId, UnitId};
use crate::domain::rate::Rate;
use crate::domain::schedule::QuietHours;
use crate::domain::text::Lang;
use crate::domain::unit::Family;

/// What an office decided in `loa.yaml`, defaults filled in.
#[derive(Clone)]
pub struct Settings {
    /// The workspace's folder, absolute.
    pub root: PathBuf,
    /// The unit that runs it.
    pub organisation: UnitId,
    /// Zone of all wall-clock times that state no other.
    pub time_zone: chrono_tz::Tz,
    /// Language of screens, errors, reports.
    pub language: Lang,
    /// Where the public reaches the opt-out page, without a trailing slash.
    pub public_url: Option<String>,
    /// Code in document numbers.
    pub document_code: Option<String>,
    /// Database URL: `sqlite:` with a path below the workspace, or `postgres:`. Default `sqlite:var/loa.db`.
    pub database: String,
    /// Local port for `/healthz`, `/readyz`, `/metrics`.
    pub listen: SocketAddr,
    /// Public listener for opt-out; `None`: not opened.
    pub public_listen: Option<SocketAddr>,
    /// Approval steps by class: names of roles or people, in order.
    pub approval: BTreeMap<Class, Vec<String>>,
    /// Who stands in for whom.
    pub substitutes: Vec<Substitute>,
    /// A list may grow by this share after approval before it must be approved again (0.1 = 10 %).
    pub approved_growth: f64,
    /// Accounts by id.
    pub accounts: BTreeMap<AccountId, Account>,
    /// Which account serves a family (or `hand-over`, `station`) where the channel names none.
    pub default_accounts: BTreeMap<String, AccountId>,
    /// When people are left in peace: from, until (may cross midnight). `None`: never.
    pub quiet_people: Option<(NaiveTime, NaiveTime)>,
    /// How long after its time a delivery is still useful, by family, in seconds.
    pub late_ok: BTreeMap<Family, i64>,
    /// A fact whose last check is older than this many days does not count.
    pub fact_max_age_days: i64,
    /// What the watching daemon applies by itself.
    pub auto_apply: AutoApply,
    /// How many days ahead channel deliveries are placed.
    pub horizon_days: i64,
    /// Longest time SIGTERM waits for sends under way, in seconds.
    pub drain_seconds: u64,
    /// Reporting periods.
    pub periods: crate::domain::period::Scheme,
    /// Who gets the reports.
    pub addressed_to: Option<String>,
    /// Questions about `unknown` close by themselves after so many days.
    pub close_questions_after_days: i64,
    /// Telephone of the person on duty, for papers and screens.
    pub duty_phone: Option<String>,
    /// How long before its time an approver is reminded, as written (`1 working day`).
    pub remind_before: Option<String>,
    /// How scripts are read, and what voices a rehearsal.
    pub speech: Speech,
    /// Who is told when something needs a person.
    pub alerts: Alerts,
    /// Hosts of the office's own network (`host` or `host:port`) that originals of the media kit may be fetched from.
    pub kit_hosts: Vec<String>,
    /// Which keys were decided, and where: dotted key to `loa.yaml` or the variable's name. The rest are defaults.
    pub origins: BTreeMap<String, String>,
}

/// Who is told, how and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alerts {
    /// People on duty, in the order in which they are called.
    pub on_duty: Vec<Duty>,
    /// Families an alert goes by, in order of preference.
    pub by: Vec<Family>,
    /// Time of the morning digest.
    pub digest: Option<NaiveTime>,
    /// What does not wait for the digest.
    pub at_once: BTreeSet<Cause>,
    /// A backup older than this is too old, in seconds.
    pub backup_max_age: i64,
    /// Address that is called while all is well; who watches it notices silence.
    pub heartbeat: Option<String>,
    /// How often it is called, in seconds.
    pub heartbeat_every: u64,
}

/// Somebody on duty, always or on some days.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Duty {
    /// Who.
    pub person: PersonId,
    /// First day.
    pub from: Option<NaiveDate>,
    /// Last day, inclusive.
    pub until: Option<NaiveDate>,
}

impl Default for Alerts {
    fn default() -> Self {
        Self {
            on_duty: vec![],
            by: vec![Family::Zalo, Family::Telegram, Family::Email],
            digest: None,
            at_once: Cause::ALL.into_iter().collect(),
            backup_max_age: 2 * 86_400,
            heartbeat: None,
            heartbeat_every: 60,
        }
    }
}

impl Alerts {
    /// Who is on duty on a day, in the order of the roster, each once.
    pub fn on_duty(&self, day: NaiveDate) -> Vec<&PersonId> {
        let mut out: Vec<&PersonId> = vec![];
        for d in &self.on_duty {
            let there = d.from.is_none_or(|f| f <= day) && d.until.is_none_or(|u| day <= u);
            if there && !out.contains(&&d.person) {
                out.push(&d.person);
            }
        }
        out
    }
}

impl Settings {
    /// Accounts by which a family reaches people of the office: the default one first.
    pub fn ways(&self, family: Family) -> Vec<&Account> {
        let Some(kind) = person_kind(family) else { return vec![] };
        let first = self.default_accounts.get(family.as_str());
        let mut all: Vec<&Account> = self.accounts.values().filter(|a| a.kind == kind).collect();
        all.sort_by_key(|a| Some(&a.id) != first);
        all
    }
}

/// The kind of account by which a family reaches a person. `None`: it reaches places.
pub fn person_kind(family: Family) -> Option<&'static str> {
    match family {
        Family::Email => Some("email"),
        Family::Telegram => Some("telegram"),
        Family::Zalo => Some("zalo-bot"),
        Family::Website | Family::Social | Family::Station | Family::Press | Family::Offline => None,
    }
}

impl Settings {
    /// The defaults alone, for reading a workspace whose `loa.yaml` is broken: [`crate::domain::port::Office::known`] is
    /// false, so that nothing is checked against settings nobody made.
    pub fn defaults(root: &Path) -> Self {
        Self {
            root: root.to_path_buf(),
            organisation: UnitId::new(""),
            time_zone: chrono_tz::Asia::Ho_Chi_Minh,
            language: Lang::Vi,
            public_url: None,
            document_code: None,
            database: "sqlite:var/loa.db".into(),
            listen: SocketAddr::from(([127, 0, 0, 1], 8787)),
            public_listen: None,
            approval: BTreeMap::new(),
            substitutes: vec![],
            approved_growth: 0.1,
            accounts: BTreeMap::new(),
            default_accounts: BTreeMap::new(),
            quiet_people: NaiveTime::from_hms_opt(21, 0, 0).zip(NaiveTime::from_hms_opt(7, 0, 0)),
            late_ok: Family::ALL.into_iter().map(|f| (f, f.default_late_ok())).collect(),
            fact_max_age_days: 60,
            auto_apply: AutoApply::Additions,
            horizon_days: 35,
            drain_seconds: 30,
            periods: crate::domain::period::Scheme::Nd09,
            addressed_to: None,
            close_questions_after_days: 14,
            duty_phone: None,
            remind_before: None,
            speech: Speech::default(),
            alerts: Alerts::default(),
            kit_hosts: vec![],
            origins: BTreeMap::new(),
        }
    }
}

impl crate::domain::port::Office for Settings {
    fn known(&self) -> bool {
        !self.organisation.as_str().is_empty()
    }
    fn organisation(&self) -> &UnitId {
        &self.organisation
    }
    fn time_zone(&self) -> chrono_tz::Tz {
        self.time_zone
    }
    fn accounts(&self) -> Vec<(&AccountId, &str)> {
        self.accounts.values().map(|a| (&a.id, a.kind.as_str())).collect()
    }
    fn default_account(&self, role: &str) -> Option<&AccountId> {
        self.default_accounts.get(role)
    }
    fn approval(&self, class: Class) -> &[String] {
        self.approval.get(&class).map_or(&[], Vec::as_slice)
    }
    fn fact_max_age_days(&self) -> i64 {
        self.fact_max_age_days
    }
    fn late_ok(&self, family: Family) -> i64 {
        self.late_ok.get(&family).copied().unwrap_or_else(|| family.default_late_ok())
    }
    fn quiet_people(&self) -> Option<QuietHours> {
        self.quiet_people.map(|(from, until)| QuietHours { from, until })
    }
    fn public_url(&self) -> Option<&str> {
        self.public_url.as_deref()
    }
}

/// What the watching daemon applies by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AutoApply {
    /// Additions; changes and removals wait for `loa apply`.
    Additions,
    /// Everything.
    All,
    /// Nothing.
    Off,
}

/// Who stands in for whom, with dates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Substitute {
    /// The role or person replaced.
    pub for_step: String,
    /// Who may approve instead.
    pub person: PersonId,
    /// First day.
    pub from: NaiveDate,
    /// Last day, inclusive.
    pub until: NaiveDate,
    /// The document that says so.
    pub document: Option<String>,
}

/// What happens to a delivery whose truth cannot be known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnUnknown {
    /// A person is asked.
    Ask,
    /// It is sent again.
    Resend,
}

/// Credentials, limits and health of one sender.
#[derive(Clone)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// The kind of its transport.
    pub kind: String,
    /// Most messages in a time.
    pub limits: Vec<Rate>,
    /// What happens when the truth cannot be known.
    pub on_unknown: OnUnknown,
    /// Most attempts at one delivery.
    pub attempts: Option<u32>,
    /// Parallel connections, if not the kind's own number.
    pub connections: Option<usize>,
    /// Intents open at once per connection, if not four: the account's W is this times its connections.
    pub window: Option<usize>,
    /// The mail or bot account it borrows (hand-over, station, manual).
    pub carrier: Option<AccountId>,
    /// The kind's own keys; `x_file` was read and arrives as `x`.
    pub settings: serde_json::Value,
    /// The secrets it keeps in files.
    pub secrets: Vec<SecretFile>,
}

/// A secret in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretFile {
    /// The key it is for: `password`, `token`…
    pub key: String,
    /// Its path as `loa.yaml` writes it.
    pub file: String,
}

impl Account {
    /// The first secret file that gives no secret now, and why: `None` means that it is not there, or empty.
    pub fn lacking(&self, root: &Path) -> Option<(&SecretFile, Option<std::io::Error>)> {
        self.secrets.iter().find_map(|s| match read::secret(&root.join(&s.file)) {
            Ok(text) if !text.is_empty() => None,
            Ok(_) => Some((s, None)),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Some((s, None)),
            Err(e) => Some((s, Some(e))),
        })
    }
}

impl fmt::Debug for Settings {
    /// The table of [`Settings::settings_table`]: a database URL may hold a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.settings_table().into_iter().map(|s| (s.key, s.value))).finish()
    }
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account")
            .field("id", &self.id)
            .field("kind", &self.kind)
            .field("limits", &self.limits)
            .field("settings", &"***")
            .finish_non_exhaustive()
    }
}

/// The variables of the process that `loa.yaml` may be overridden by, and the language of the terminal. Read once.
pub fn environment() -> BTreeMap<String, String> {
    #[expect(clippy::disallowed_methods, reason = "this is the one reader of the environment")]
    std::env::vars()
        .filter(|(k, _)| {
            k.starts_with("LOA_") || matches!(k.as_str(), "LANG" | "LC_ALL" | "USER" | "NO_COLOR" | "PATH")
        })
        .collect()
}
