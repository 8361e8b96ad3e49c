//! What a node keeps of the folder that was read last.

use std::collections::BTreeMap;

use crate::config::Settings;
use crate::domain::calendar::Calendars;
use crate::domain::workspace::Workspace;
use crate::store::StaffAddress;

/// What the papers need to know of the workspace; kept from the last reading.
#[derive(Clone, Debug, Default)]
pub struct World {
    /// Days off.
    pub calendars: Calendars,
    /// Name of the organisation.
    pub organisation: String,
    /// Staff: id → name and title.
    pub people: BTreeMap<String, String>,
    /// Where people on duty are reached. `None`: the folder was not read here.
    pub staff: Option<Vec<StaffAddress>>,
}

impl World {
    /// Out of a workspace.
    pub fn of(ws: &Workspace, settings: &Settings) -> Self {
        Self {
            calendars: ws.calendars.clone(),
            organisation: ws
                .units
                .get(&settings.organisation)
                .map_or_else(|| settings.organisation.to_string(), |u| u.name.clone()),
            people: ws
                .people
                .values()
                .map(|p| {
                    let name =
                        p.title.as_ref().map_or_else(|| p.name.clone(), |t| format!("{}, {t}", p.name));
                    (p.id.to_string(), name)
                })
                .collect(),
            staff: Some(staff(ws, settings)),
        }
    }
}

/// Where the people of the roster are reached, by every way that alerts may go.
pub fn staff(ws: &Workspace, settings: &Settings) -> Vec<StaffAddress> {
    let mut out = Vec::new();
    for duty in &settings.alerts.on_duty {
        let Some(person) = ws.people.get(&duty.person) else { continue };
        for family in &settings.alerts.by {
            if let Some(address) = person.address(*family) {
                out.push(StaffAddress {
                    person: person.id.to_string(),
                    name: person.name.clone(),
                    family: family.as_str().into(),
                    address: address.to_owned(),
                });
            }
        }
    }
    out.sort();
    out.dedup();
    out
}
