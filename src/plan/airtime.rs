//! What a sending's script asks of stations against what they give: seconds of a session that are the office's. Said before anything
//! is planned, because a row that finds no room would wait until it is too late. Pure.

use crate::domain::campaign::Post;
use crate::domain::schedule::Rule;
use crate::domain::workspace::Workspace;

/// Stations whose share of a session is shorter than the script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TooLong {
    /// The sending.
    pub sending: String,
    /// Stations it goes to.
    pub stations: usize,
    /// Those that cannot read it: names, by unit, and their shares in seconds.
    pub short: Vec<(String, u32)>,
}

impl TooLong {
    /// True if no station can read it.
    pub fn everywhere(&self) -> bool {
        self.short.len() == self.stations
    }
}

/// Which stations of a post's sendings cannot read a script of `seconds`.
pub fn too_long(ws: &Workspace, p: &Post, seconds: u32) -> Vec<TooLong> {
    let mut out = vec![];
    for s in p.sendings.iter().filter(|s| matches!(s.schedule.rule, Rule::Station { .. })) {
        let stations: Vec<_> = ws
            .channels_of(s.family, &s.to, &s.except)
            .into_iter()
            .filter_map(|c| ws.units.get(&c.unit))
            .filter_map(|u| u.station.as_ref().map(|st| (u.name.clone(), st.allowance_seconds)))
            .collect();
        let count = stations.len();
        let short: Vec<_> = stations.into_iter().filter(|(_, share)| *share < seconds).collect();
        if !short.is_empty() {
            out.push(TooLong { sending: s.id.to_string(), stations: count, short });
        }
    }
    out
}
