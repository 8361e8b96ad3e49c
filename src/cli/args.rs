//! The command line: commands grouped by role, and which function does each.

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};

use super::{
    Ctx, Done, approving, author, database, demo, facts, kit, lists, planning, preview, running, screens,
    speak, usb,
};
use crate::domain::text::Lang;

pub(super) const HELP: &str = "\
Soạn bài      init  new  check  schema  unit  fact  kit  speak
Lên lịch      plan  preview  apply  approve
Trực          run  status  log  hold  release  blackout  retry  resolve  account  send  seen  alert  usb
Đơn vị báo    done  aired
Báo cáo       reach  report
Vận hành      backup  restore  db
Làm thử       demo

Mã thoát: 0 tốt · 1 cần người xem · 2 lệnh, tên, thư mục hoặc tệp không dùng được · 3 bị từ chối · 4 cơ sở dữ liệu
Exit codes: 0 good · 1 needs a person · 2 command line, name, folder or file cannot be used · 3 refused · 4 database";

/// Loa: one campaign over web, mail, bots and air, with one ledger.
#[derive(Debug, Parser)]
#[command(name = "loa", version, about = "Loa: lịch truyền thông của cơ quan, một sổ cái cho mọi kênh", after_help = HELP)]
pub struct Cli {
    /// Folder of the workspace (the one with loa.yaml).
    #[arg(short = 'w', long, global = true, default_value = ".", env = "LOA_WORKSPACE")]
    pub workspace: PathBuf,
    /// Language of what is printed; default by LANG.
    #[arg(long, global = true)]
    pub lang: Option<LangArg>,
    /// Print JSON for machines.
    #[arg(long, global = true)]
    pub json: bool,
    /// Use the sandbox's own database (var/sandbox) instead of the real one.
    #[arg(long, global = true)]
    pub sandbox: bool,
    /// What is logged to standard error, e.g. `info` or `loa=debug`.
    #[arg(long, global = true, env = "LOA_LOG")]
    pub log: Option<String>,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// A language on the command line.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum LangArg {
    /// Vietnamese.
    Vi,
    /// English.
    En,
}

impl From<LangArg> for Lang {
    fn from(l: LangArg) -> Lang {
        match l {
            LangArg::Vi => Lang::Vi,
            LangArg::En => Lang::En,
        }
    }
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Tạo nơi làm việc mới · make a new workspace
    Init {
        /// The folder to make.
        folder: PathBuf,
        /// Name of the organisation.
        #[arg(long)]
        name: Option<String>,
    },
    /// Tạo bài, chiến dịch hoặc đơn vị mới · write a commented post, campaign or unit
    New {
        /// What.
        #[command(subcommand)]
        what: author::New,
    },
    /// Xem mọi lỗi cùng một lúc · report all faults at once
    Check {
        /// Repair BOM, CRLF, tabs, non-breaking spaces, decomposed letters.
        #[arg(long)]
        fix: bool,
        /// With --fix: say what would be repaired, write nothing.
        #[arg(long, requires = "fix")]
        dry_run: bool,
        /// Show every setting in force and where it comes from.
        #[arg(long)]
        settings: bool,
        /// What a code means, with an example and what to type: T014.
        #[arg(long, value_name = "CODE", conflicts_with_all = ["fix", "settings"])]
        explain: Option<String>,
    },
    /// In JSON Schema cho trình soạn thảo · print JSON Schemas for editors
    Schema {
        /// Write them into this folder instead of printing.
        #[arg(long)]
        out: Option<PathBuf>,
        /// Which one: campaign, post, units…
        name: Option<String>,
    },
    /// Xem trước mọi việc sẽ xảy ra, không ghi gì · show what would happen; writes nothing
    Plan {
        /// Only this campaign or campaign/post.
        only: Option<String>,
    },
    /// Xem bài như từng nơi nhận sẽ thấy · pages that show a post as each reader will see it
    Preview(preview::PreviewArgs),
    /// Ghi lịch vào sổ cái · write the plan
    Apply {
        /// Who does it.
        #[arg(long)]
        by: Option<String>,
        /// Additions only, as the watching daemon does.
        #[arg(long)]
        additions: bool,
    },
    /// Duyệt một bài hoặc cả chiến dịch · approve a post or a campaign
    Approve {
        /// CAMPAIGN or CAMPAIGN/POST.
        what: String,
        /// Who approves (an id of campaigns/people.yaml).
        #[arg(long)]
        by: String,
    },
    /// Nghe thử bản đọc loa bằng máy · hear a script, voiced by a machine
    Speak(speak::SpeakArgs),
    /// Chạy: lên lịch, gửi, nhận kết quả · run: plan, send, collect
    Run(running::RunArgs),
    /// Việc cần người xem, trước hết · what needs a person, first
    Status(screens::StatusArgs),
    /// Sổ gửi · the log of deliveries
    Log(screens::LogArgs),
    /// Gửi lại lượt hỏng hoặc bị từ chối · try failed or rejected deliveries again
    Retry(screens::Pick),
    /// Giữ lại · hold
    Hold(screens::HoldArgs),
    /// Bỏ giữ · release
    Release(screens::ReleaseArgs),
    /// Đợt ngừng phát: giữ tất cả trừ tin khẩn · a blackout: holds all but urgent posts
    Blackout {
        /// What.
        #[command(subcommand)]
        what: screens::BlackoutCommand,
    },
    /// Trả lời một mục "chưa rõ" · settle what is unknown
    Resolve(screens::ResolveArgs),
    /// Tài khoản gửi: xem, dừng, chạy tiếp, thử · accounts
    Account {
        /// What.
        #[command(subcommand)]
        what: screens::AccountCommand,
    },
    /// Đã xem, đang xử lý: để người khác không làm lại · seen, working on it
    Seen(screens::SeenArgs),
    /// Báo động: xem, gửi thử · alerts: list, test
    Alert {
        /// What.
        #[command(subcommand)]
        what: screens::AlertCommand,
    },
    /// Gửi thử một bài tới một địa chỉ · send a test to an address
    Send(screens::SendArgs),
    /// Chép phiếu và bản thu âm của các đài vào USB · sheets and recordings of stations, onto a USB stick
    Usb(usb::UsbArgs),
    /// Báo đã đăng bài, kèm đường dẫn · a webmaster's link for a package
    Done(screens::DoneArgs),
    /// Báo đã phát thanh · what a station aired
    Aired(screens::AiredArgs),
    /// Độ phủ, kèm nguồn và độ chắc chắn · reach with source and grade
    Reach(screens::ReachArgs),
    /// Báo cáo một kỳ · the report of a period
    Report(screens::ReportArgs),
    /// Các tên dùng được trong `to:` · names that `to:` may use
    Unit {
        /// What.
        #[command(subcommand)]
        what: lists::UnitCommand,
    },
    /// Sổ thông tin · the register of facts
    Fact {
        /// What.
        #[command(subcommand)]
        what: facts::FactCommand,
    },
    /// Bộ tư liệu · the media kit
    Kit {
        /// What.
        #[command(subcommand)]
        what: kit::KitCommand,
    },
    /// Sao lưu sổ cái, cả khi đang chạy · back the ledger up, also while it is served
    Backup(database::BackupArgs),
    /// Khôi phục từ bản sao lưu · put a backup back
    Restore(database::RestoreArgs),
    /// Cơ sở dữ liệu: lược đồ, chuyển sang nơi khác · the database: schema, moving it
    Db {
        /// What.
        #[command(subcommand)]
        what: database::DbCommand,
    },
    /// Diễn tập một tháng của chương trình trong vài giây · rehearse a month in seconds
    Demo(demo::DemoArgs),
}

/// Does what the command says.
///
/// # Errors
/// An exit code and a text.
pub async fn run(ctx: &Ctx, command: Command) -> Done {
    match command {
        Command::Init { folder, name } => author::init(ctx, &folder, name.as_deref()),
        Command::New { what } => author::new(ctx, what),
        Command::Check { explain: Some(code), .. } => author::explain(ctx, &code),
        Command::Check { fix, dry_run, settings, explain: None } => {
            author::check(ctx, fix, dry_run, settings)
        }
        Command::Schema { out, name } => author::schema(ctx, out.as_deref(), name.as_deref()),
        Command::Plan { only } => planning::plan(ctx, only.as_deref()).await,
        Command::Preview(a) => preview::preview(ctx, a).await,
        Command::Apply { by, additions } => planning::apply(ctx, by.as_deref(), additions).await,
        Command::Approve { what, by } => approving::approve(ctx, &what, &by).await,
        Command::Speak(a) => speak::speak(ctx, a).await,
        Command::Run(a) => running::run(ctx, a).await,
        Command::Status(a) => screens::status(ctx, a).await,
        Command::Log(a) => screens::log(ctx, a).await,
        Command::Retry(a) => screens::retry(ctx, a).await,
        Command::Hold(a) => screens::hold(ctx, a).await,
        Command::Release(a) => screens::release(ctx, a).await,
        Command::Blackout { what } => screens::blackout(ctx, what).await,
        Command::Backup(a) => database::backup(ctx, a).await,
        Command::Restore(a) => database::restore(ctx, a).await,
        Command::Db { what } => database::db(ctx, what).await,
        Command::Resolve(a) => screens::resolve(ctx, a).await,
        Command::Account { what } => screens::account(ctx, what).await,
        Command::Seen(a) => screens::seen(ctx, a).await,
        Command::Alert { what } => screens::alert(ctx, what).await,
        Command::Send(a) => screens::send(ctx, a).await,
        Command::Usb(a) => usb::usb(ctx, a).await,
        Command::Done(a) => screens::done(ctx, a).await,
        Command::Aired(a) => screens::aired(ctx, a).await,
        Command::Reach(a) => screens::reach(ctx, a).await,
        Command::Report(a) => screens::report(ctx, a).await,
        Command::Unit { what } => lists::units(ctx, what),
        Command::Fact { what } => facts::facts(ctx, what),
        Command::Kit { what } => kit::kit(ctx, what).await,
        Command::Demo(a) => demo::demo(ctx, a).await,
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_consistent() {
        super::Cli::command().debug_assert();
    }
}
