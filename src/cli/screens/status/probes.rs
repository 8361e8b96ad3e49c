//! What Loa does by itself about a paused account: when it tries again, and what the last try said.

use super::super::show::Show;
use crate::cli::words;
use crate::domain::text::Lang;
use crate::store::{AccountState, ProbeRow};

/// The probe row of the pause an account is in, if it is tried at all.
pub(in crate::cli::screens) fn of<'a>(probes: &'a [ProbeRow], a: &AccountState) -> Option<&'a ProbeRow> {
    probes.iter().find(|p| p.account == a.account && Some(p.paused_at) == a.paused_at)
}

/// One sentence, with a blank before it; empty where Loa does not try by itself. `kind`: of the account that is really asked.
pub(in crate::cli::screens) fn say(
    show: &Show,
    kind: &str,
    a: &AccountState,
    p: Option<&ProbeRow>,
) -> String {
    let l = show.lang;
    let by_loa = a.paused_by.as_deref() == Some("loa");
    let Some(p) = p.filter(|_| by_loa) else { return String::new() };
    let next = show.at(p.next_at);
    let last = match (p.asked_at, p.found.as_deref()) {
        (Some(at), Some("good")) => {
            let at = show.at(at);
            say!(l, " (lần thử {at}: tốt)", " (tried {at}: good)")
        }
        (Some(at), Some(code)) => {
            let (at, why) =
                (show.at(at), words::cause_with(code, p.detail.as_deref().unwrap_or_default(), l));
            say!(l, " (lần thử {at}: {why})", " (tried {at}: {why})")
        }
        (_, _) => String::new(),
    };
    let proves = crate::dispatch::probe_proves(kind, a.cause_code.as_deref().unwrap_or_default());
    match (proves, l) {
        (true, Lang::Vi) => format!(" Loa tự thử lại lúc {next}, tốt thì tự chạy tiếp{last}."),
        (true, Lang::En) => {
            format!(" Loa tries again at {next} and goes on by itself if that is good{last}.")
        }
        (false, Lang::Vi) => {
            format!(
                " Loa tự thử kết nối lúc {next}{last}; kết nối tốt chưa đủ để tự chạy tiếp, cần người quyết định."
            )
        }
        (false, Lang::En) => format!(
            " Loa tries the connection at {next}{last}; a good connection is no proof here, a person must decide."
        ),
    }
}
