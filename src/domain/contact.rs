//! The people of a list: one text for all of them.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::unit::{Family, Ground};

/// The people of a list, packed: a list of a million takes about what its file takes, and a copy of it nothing.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<ContactRow>", into = "Vec<ContactRow>")]
pub struct Contacts(Arc<Packed>);

/// Five fields a person, each ended by [`END`]: name, mail, Zalo, Telegram, ground.
#[derive(Clone, Default, PartialEq, Eq)]
struct Packed {
    text: String,
    people: usize,
    /// With an address of email, Zalo, Telegram.
    with: [usize; 3],
}

/// Ends a field; no name and no address has such a character.
const END: char = '\u{1f}';

impl Contacts {
    /// How many people.
    pub fn len(&self) -> usize {
        self.0.people
    }
    /// True if there is nobody.
    pub fn is_empty(&self) -> bool {
        self.0.people == 0
    }
    /// How many of them have an address of a family; no walk through the list.
    pub fn reached_by(&self, family: Family) -> usize {
        match family {
            Family::Email => self.0.with[0],
            Family::Zalo => self.0.with[1],
            Family::Telegram => self.0.with[2],
            Family::Website | Family::Social | Family::Station | Family::Press | Family::Offline => 0,
        }
    }
    /// Adds a person at the end. An empty field counts as none.
    pub fn push(&mut self, c: &ContactRow) {
        let all = Arc::make_mut(&mut self.0);
        let ground = match c.ground {
            Some(Ground::Consent) => Some("c"),
            Some(Ground::Duty) => Some("d"),
            None => None,
        };
        let fields = [&c.name, &c.email, &c.zalo, &c.telegram].map(|f| f.as_deref());
        for field in fields.into_iter().chain([ground]) {
            all.text.extend(field.unwrap_or_default().chars().filter(|c| *c != END));
            all.text.push(END);
        }
        for (n, field) in all.with.iter_mut().zip(&fields[1..]) {
            *n += usize::from(field.is_some_and(|f| !f.is_empty()));
        }
        all.people += 1;
    }
    /// Gives back what was set aside for growing.
    pub fn trim(&mut self) {
        Arc::make_mut(&mut self.0).text.shrink_to_fit();
    }
    /// The people, in the order of the file.
    pub fn iter(&self) -> impl Iterator<Item = ContactRef<'_>> {
        let mut fields = self.0.text.split(END).map(|f| Some(f).filter(|f| !f.is_empty()));
        std::iter::from_fn(move || {
            let contact = ContactRef {
                name: fields.next()?,
                email: fields.next()?,
                zalo: fields.next()?,
                telegram: fields.next()?,
                ground: match fields.next()? {
                    Some("c") => Some(Ground::Consent),
                    Some(_) => Some(Ground::Duty),
                    None => None,
                },
            };
            Some(contact)
        })
    }
}

impl FromIterator<ContactRow> for Contacts {
    fn from_iter<T: IntoIterator<Item = ContactRow>>(people: T) -> Self {
        let mut all = Self::default();
        people.into_iter().for_each(|c| all.push(&c));
        all
    }
}

impl From<Vec<ContactRow>> for Contacts {
    fn from(people: Vec<ContactRow>) -> Self {
        people.into_iter().collect()
    }
}

impl From<Contacts> for Vec<ContactRow> {
    fn from(people: Contacts) -> Self {
        people.iter().map(|c| c.row()).collect()
    }
}

impl std::fmt::Debug for Contacts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Contacts({})", self.0.people) // a person never reaches a log
    }
}

/// A person of a list, lent.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ContactRef<'a> {
    /// Name, if known.
    pub name: Option<&'a str>,
    /// Mail address, lower-cased domain.
    pub email: Option<&'a str>,
    /// Zalo chat id, as the bot learnt it.
    pub zalo: Option<&'a str>,
    /// Telegram chat id.
    pub telegram: Option<&'a str>,
    /// Ground, if the row states its own.
    pub ground: Option<Ground>,
}

impl ContactRef<'_> {
    /// The address for a family, if the person has one.
    pub fn address(&self, family: Family) -> Option<&str> {
        match family {
            Family::Email => self.email,
            Family::Zalo => self.zalo,
            Family::Telegram => self.telegram,
            Family::Website | Family::Social | Family::Station | Family::Press | Family::Offline => None,
        }
    }
    /// The same, kept.
    pub fn row(&self) -> ContactRow {
        let own = |f: Option<&str>| f.map(str::to_owned);
        ContactRow {
            name: own(self.name),
            email: own(self.email),
            zalo: own(self.zalo),
            telegram: own(self.telegram),
            ground: self.ground,
        }
    }
}

impl std::fmt::Debug for ContactRef<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ContactRef(***)") // a person never reaches a log
    }
}

/// One row of a list.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactRow {
    /// Name, if known.
    pub name: Option<String>,
    /// Mail address, lower-cased domain.
    pub email: Option<String>,
    /// Zalo chat id, as the bot learnt it.
    pub zalo: Option<String>,
    /// Telegram chat id.
    pub telegram: Option<String>,
    /// Ground, if the row states its own.
    pub ground: Option<Ground>,
}

impl std::fmt::Debug for ContactRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ContactRow(***)") // a person never reaches a log
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(name: &str, email: &str, zalo: &str, ground: Option<Ground>) -> ContactRow {
        let some = |s: &str| (!s.is_empty()).then(|| s.to_owned());
        ContactRow { name: some(name), email: some(email), zalo: some(zalo), telegram: None, ground }
    }

    #[test]
    fn what_was_packed_comes_out_in_order_and_is_counted() {
        let rows = vec![
            row("Nguyễn Thị Lan", "lan@x.example", "", None),
            row("", "", "84900", Some(Ground::Duty)),
            row("Minh", "minh@x.example", "84901", Some(Ground::Consent)),
        ];
        let all: Contacts = rows.clone().into();
        assert_eq!(Vec::from(all.clone()), rows);
        let by = [Family::Email, Family::Zalo, Family::Telegram, Family::Website].map(|f| all.reached_by(f));
        assert_eq!((all.len(), by), (3, [2, 2, 0, 0]));
        assert!(Contacts::default().is_empty() && Contacts::default().iter().next().is_none());
    }

    #[test]
    fn no_field_can_end_another_and_an_empty_one_is_none() {
        let mut c = row("a\u{1f}b", "x@x.example", "", None);
        c.telegram = Some(String::new());
        let all: Contacts = [c.clone(), c].into_iter().collect();
        for got in all.iter() {
            assert_eq!((got.name, got.email, got.telegram), (Some("ab"), Some("x@x.example"), None));
        }
        assert_eq!((all.iter().count(), all.reached_by(Family::Telegram)), (2, 0));
    }

    #[test]
    fn a_copy_shares_the_text_until_it_is_changed() {
        let a: Contacts = [row("a", "a@x.example", "", None)].into_iter().collect();
        let mut b = a.clone();
        assert!(Arc::ptr_eq(&a.0, &b.0));
        b.push(&row("b", "b@x.example", "", None));
        assert_eq!((a.len(), b.len()), (1, 2));
    }

    #[test]
    fn people_are_not_printed() {
        let all: Contacts = [row("Lan", "lan@x.example", "", None)].into_iter().collect();
        let said = format!("{all:?} {:?} {:?}", all.iter().next(), all.iter().next().map(|c| c.row()));
        assert!(!said.contains("Lan") && !said.contains("lan@"), "{said}");
    }
}
