//! `campaigns/` to [`crate::domain`], with every fault located (floor F1).
//!
//! Invariants: what comes out is checked, so that whoever holds a [`Workspace`] may rely on it; all faults are reported at
//! once; a fault stops what it stands in (a post, a row, an asset) and nothing else; nothing outside of the workspace is
//! read; nothing is written except by [`fix()`] and [`scaffold`], which never overwrite what a person wrote without saying so.

mod airtime;
mod campaign;
pub mod codes;
mod content;
mod cross;
mod duty;
mod exempt;
mod files;
mod fix;
mod grid;
mod kit;
mod lexicon;
pub mod lint;
mod lists;
mod meanwhile;
mod names;
mod own;
mod post;
mod receivers;
mod recording;
mod registers;
mod report;
mod sample;
pub mod scaffold;
mod schema;
mod sending;
mod shapes;
mod shown;
mod table;
mod text;
mod units;
pub mod unmade;
mod verify;

pub use fix::{Fixed, fix};
pub use kit::{Declared, declared, declared_in};
pub use report::{render_report, to_json};
pub use schema::schema;
pub use text::{FactRef, fact_refs};
pub use verify::{Unwritten, Verify, verify};

use std::collections::BTreeMap;
use std::path::Path;

use chrono::NaiveDate;

use crate::domain::campaign::{Class, Post};
use crate::domain::id::{AccountId, AssetId, CampaignId, FactId, PostId, UnitId};
use crate::domain::port::Office;
use crate::domain::workspace::{Incomplete, Workspace};
use crate::yaml::shape::{Check, Shape};
use crate::yaml::{Fault, Node, Say, Severity, Source};

/// What was read.
#[derive(Clone, Debug, Default)]
pub struct Loaded {
    /// Everything free of faults.
    pub workspace: Workspace,
    /// Every fault, by file and place.
    pub faults: Vec<Fault>,
    /// Files opened.
    pub files: usize,
    /// Posts left out: campaign, post, code of the first fault that stops it.
    pub stopped: Vec<(CampaignId, PostId, &'static str)>,
    /// How many of them are held (right, but not to be sent) rather than faulty.
    pub held: usize,
    /// Rules of the linter that posts switch off.
    pub switched: BTreeMap<(CampaignId, PostId), lint::Switches>,
    /// Posts that wait for nothing but their recording: they are stopped, and can be voiced for whoever will record them.
    pub unrecorded: Vec<(CampaignId, Post)>,
    /// Where texts state facts, also those of posts that are stopped.
    pub stated: Vec<FactUse>,
}

/// A place where a text states a fact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FactUse {
    /// The fact, whether or not the register has it.
    pub fact: FactId,
    /// The text.
    pub file: String,
    /// From 1.
    pub line: usize,
    /// From 1, code points.
    pub column: usize,
    /// The days on which it would be told.
    pub days: Vec<NaiveDate>,
}

impl Loaded {
    /// Posts that work.
    pub fn posts(&self) -> usize {
        self.workspace.campaigns.iter().map(|c| c.posts.len()).sum()
    }
    /// Errors, posts held, files with faults that stop, posts that work: the last line of a report.
    pub fn summary(&self) -> Summary {
        let errors = self.faults.iter().filter(|f| f.severity == Severity::Error).count();
        let warnings = self.faults.iter().filter(|f| f.severity == Severity::Warning).count();
        let stops: std::collections::BTreeSet<&str> =
            self.faults.iter().filter(|f| f.severity.stops()).map(|f| f.file.as_str()).collect();
        Summary {
            errors,
            held: self.held,
            warnings,
            files: stops.len(),
            read: self.files,
            good: self.posts(),
            halted: None,
        }
    }
}

/// Counts of a report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Errors.
    pub errors: usize,
    /// Posts held.
    pub held: usize,
    /// Warnings.
    pub warnings: usize,
    /// Files with errors or holds.
    pub files: usize,
    /// Files read.
    pub read: usize,
    /// Posts that work.
    pub good: usize,
    /// What keeps every command from running, whatever the posts are like.
    pub halted: Option<Halt>,
}

/// What nothing runs without.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Halt {
    /// `loa.yaml`, or the environment that overrides it.
    Settings,
    /// A template.
    Templates,
}

impl Summary {
    /// Counts further faults (of `loa.yaml`, of templates) in.
    pub fn add(&mut self, faults: &[Fault]) {
        self.errors += faults.iter().filter(|f| f.severity == Severity::Error).count();
        self.warnings += faults.iter().filter(|f| f.severity == Severity::Warning).count();
        let files: std::collections::BTreeSet<&str> =
            faults.iter().filter(|f| f.severity.stops()).map(|f| f.file.as_str()).collect();
        self.files += files.len();
        for f in faults.iter().filter(|f| f.severity == Severity::Error && !f.file.starts_with("campaigns/"))
        {
            let by = if f.file.starts_with("templates/") { Halt::Templates } else { Halt::Settings };
            self.halted = Some(if self.halted == Some(Halt::Settings) { Halt::Settings } else { by });
        }
    }
}

/// Reads everything below `campaigns/`. `today` decides whether a check of a fact lies in the future and whether a
/// sending is still to come.
pub fn load(root: &Path, office: &dyn Office, today: NaiveDate) -> Loaded {
    let mut l = Loader::new(root, office, today);
    units::read(&mut l);
    lists::read(&mut l);
    registers::people(&mut l);
    registers::facts(&mut l);
    registers::calendars(&mut l);
    lexicon::read(&mut l);
    kit::read(&mut l);
    names::unique(&mut l);
    names::references(&mut l);
    l.scene = lint::scene(&mut l);
    lint::facts(&mut l);
    for name in l.files.list("campaigns", &mut l.faults) {
        // A folder with posts and without campaign.yaml is a campaign whose file went missing: said, and nothing is cancelled.
        if let Some(folder) = name.strip_suffix('/')
            && (l.files.exists(&format!("campaigns/{folder}/campaign.yaml"))
                || l.files.exists(&format!("campaigns/{folder}/posts")))
        {
            campaign::read(&mut l, folder);
        }
    }
    let at_fault =
        |file: &dyn Fn(&str) -> bool| l.faults.iter().any(|f| f.severity == Severity::Error && file(&f.file));
    let table = |f: &str| f.ends_with(".csv") && !f.starts_with("campaigns/audiences/");
    l.ws.incomplete = Incomplete {
        units: at_fault(&|f| f == "campaigns/units.yaml" || table(f)),
        facts: at_fault(&|f| f == "campaigns/facts.yaml"),
        kit: l.broken.contains_key("kit"),
    };
    let mut faults = l.faults;
    faults.sort_by(|a, b| (&a.file, a.line, a.column, a.code).cmp(&(&b.file, b.line, b.column, b.code)));
    faults.dedup();
    let mut faults = without_echoes(faults);
    let broken: Vec<&str> = l.broken.keys().copied().collect();
    meanwhile::complete(&mut faults, &l.ws, &broken);
    let held = l
        .stopped
        .iter()
        .filter(|(c, p, _)| {
            let folder = format!("campaigns/{c}/posts/{p}/");
            let mut own =
                faults.iter().filter(|f| f.file.starts_with(&folder) && f.severity.stops()).peekable();
            own.peek().is_some() && own.all(|f| f.severity == Severity::Held)
        })
        .count();
    Loaded {
        workspace: l.ws,
        faults,
        files: l.files.opened,
        stopped: l.stopped,
        unrecorded: l.unrecorded,
        held,
        switched: l.switched,
        stated: l.stated,
    }
}

/// One slip, one message: what follows from a value that could not be read is left out, and the same sentence stands
/// once in a file.
fn without_echoes(faults: Vec<Fault>) -> Vec<Fault> {
    let first =
        |f: &Fault| f.code.starts_with(['T', 'K', 'D']) && f.severity == Severity::Error && f.line > 0;
    let causes: std::collections::BTreeSet<(String, usize, usize)> =
        faults.iter().filter(|f| first(f)).map(|f| (f.file.clone(), f.line, f.column)).collect();
    let mut said = std::collections::BTreeSet::new();
    faults
        .into_iter()
        .filter(|f| {
            let echo = f.code.starts_with(['N', 'F']) && causes.contains(&(f.file.clone(), f.line, f.column));
            !echo && (f.code != "D005" || said.insert((f.file.clone(), f.message.vi.clone())))
        })
        .collect()
}

/// What to do about an empty file: some must stand, others may go.
fn refill(name: &str) -> Say {
    let last = name.rsplit('/').next().unwrap_or_default();
    match last {
        "post.yaml" => Say::new(
            "Chép post.yaml từ một bài đang chạy tốt rồi sửa lại; muốn bỏ bài thì xóa cả thư mục của bài.",
            "Copy post.yaml from a post that works and change it; to drop the post, delete its folder.",
        ),
        "campaign.yaml" => Say::new(
            "Lấy lại tệp từ bản lưu; tệp mẫu:   loa new campaign ten-khac   rồi chép sang đây.",
            "Restore it from a backup; for a sample:   loa new campaign other-name   and copy its file.",
        ),
        "units.yaml" | "people.yaml" => Say::new(
            "Lấy lại tệp từ bản lưu: không có tệp này thì không gửi được gì. Tệp mẫu:   loa init thu-muc-tam",
            "Restore it from a backup: nothing can be sent without it. For a sample:   loa init some-folder",
        ),
        _ => Say::new(
            "Lấy lại tệp từ bản lưu, hoặc xóa tệp này nếu không dùng đến.",
            "Restore it from a backup, or delete it if it is not needed.",
        ),
    }
}

/// The calendars of a workspace, for whoever writes dates into it; faults in them are for [`load`] to tell.
fn calendars_of(root: &Path) -> crate::domain::calendar::Calendars {
    let mut l = Loader::new(root, &Nobody, NaiveDate::MIN);
    registers::calendars(&mut l);
    l.ws.calendars
}

/// An office of which nothing is known.
struct Nobody;

impl Office for Nobody {
    fn known(&self) -> bool {
        false
    }
    fn organisation(&self) -> &UnitId {
        static NOBODY: std::sync::LazyLock<UnitId> = std::sync::LazyLock::new(|| UnitId::new("so"));
        &NOBODY
    }
    fn time_zone(&self) -> chrono_tz::Tz {
        chrono_tz::Asia::Ho_Chi_Minh
    }
    fn accounts(&self) -> Vec<(&AccountId, &str)> {
        vec![]
    }
    fn default_account(&self, _: &str) -> Option<&AccountId> {
        None
    }
    fn approval(&self, _: Class) -> &[String] {
        &[]
    }
    fn late_ok(&self, family: crate::domain::unit::Family) -> i64 {
        family.default_late_ok()
    }
    fn quiet_people(&self) -> Option<crate::domain::schedule::QuietHours> {
        None
    }
    fn fact_max_age_days(&self) -> i64 {
        i64::MAX
    }
}

/// What is being read.
struct Loader<'a> {
    files: files::Files,
    office: &'a dyn Office,
    today: NaiveDate,
    faults: Vec<Fault>,
    ws: Workspace,
    /// Registers that could not be read at all, with the code of the reason: nothing is checked against them, so that one
    /// slip is not reported a hundred times.
    broken: BTreeMap<&'static str, &'static str>,
    /// Assets that are declared and may not be used, with the code of the reason.
    bad_assets: BTreeMap<AssetId, &'static str>,
    /// Units, groups and lists that are declared and could not be read, with the file that says why.
    bad_targets: BTreeMap<String, String>,
    /// Tables of communes with rows that could not be used, or (`true`) none that could: an id may stand in them.
    lost_tables: Vec<(String, bool)>,
    /// Channels that are declared and may not be used.
    bad_channels: std::collections::BTreeSet<(String, crate::domain::unit::Family)>,
    stopped: Vec<(CampaignId, PostId, &'static str)>,
    unrecorded: Vec<(CampaignId, Post)>,
    /// `facts.yaml` as it was read.
    facts: Option<(Node, Source)>,
    /// What the linter knows.
    scene: lint::Scene,
    switched: BTreeMap<(CampaignId, PostId), lint::Switches>,
    stated: Vec<FactUse>,
}

impl<'a> Loader<'a> {
    fn new(root: &Path, office: &'a dyn Office, today: NaiveDate) -> Self {
        Self {
            files: files::Files::new(root),
            office,
            today,
            faults: vec![],
            ws: Workspace::default(),
            broken: BTreeMap::new(),
            bad_assets: BTreeMap::new(),
            bad_targets: BTreeMap::new(),
            bad_channels: Default::default(),
            lost_tables: vec![],
            stopped: vec![],
            unrecorded: vec![],
            facts: None,
            scene: lint::Scene::default(),
            switched: BTreeMap::new(),
            stated: vec![],
        }
    }

    /// Reads a file and checks its shape; `None` if there is nothing to go on with.
    fn shaped(&mut self, name: &str, shape: &Shape, aliases: bool) -> Option<(Node, Source)> {
        let parsed = self.files.yaml(name);
        let mut faults = parsed.faults;
        let mut root = parsed.root;
        match &mut root {
            Some(tree) => {
                Check::new(&parsed.source, &mut faults, aliases).file(tree, shape);
                // A title is sent as it stands; what a campaign or a unit is called can be put right later.
                let post = name.ends_with("/post.yaml");
                let severity = if post { Severity::Held } else { Severity::Warning };
                sample::in_tree(tree, &parsed.source, severity, &mut faults);
            }
            None if faults.is_empty() => faults.push(
                Fault::file("T008", Severity::Error, name, "tệp này còn trống", "this file is empty")
                    .fix(refill(name).vi, refill(name).en),
            ),
            None => {}
        }
        self.faults.append(&mut faults);
        root.map(|r| (r, parsed.source))
    }

    /// Reads a register; remembers if it could not be read.
    fn register(
        &mut self,
        key: &'static str,
        name: &str,
        shape: &Shape,
        required: bool,
    ) -> Option<(Node, Source)> {
        if !required && !self.files.exists(name) {
            return None;
        }
        let before = self.faults.len();
        let read = self.shaped(name, shape, false);
        if read.is_none() {
            let code = self.faults.get(before).map_or("T009", |f| f.code);
            self.broken.insert(key, code);
        }
        read
    }
}
