//! The shapes as JSON Schema 2020-12, for completion and hover texts in editors.

use serde_json::{Map, Value, json};

use super::shapes;
use crate::domain::text::Lang;
use crate::yaml::shape::{Shape, Type};

/// Every file's schema: name of the file under `schema/` and its content. `loa` is the shape of `loa.yaml`, which belongs
/// to a sibling room.
pub fn schema(lang: Lang, loa: &Shape) -> Vec<(&'static str, Value)> {
    [
        ("campaign.json", &shapes::CAMPAIGN, true),
        ("post.json", &shapes::POST, true),
        ("units.json", &shapes::UNITS, false),
        ("facts.json", &shapes::FACTS, false),
        ("people.json", &shapes::PEOPLE, false),
        ("media-kit.json", &shapes::KIT, false),
        ("calendar.json", &shapes::CALENDAR, false),
        ("lists.json", &shapes::LISTS, false),
        ("doc-la.json", &shapes::LEXICON, false),
        ("loa.json", loa, false),
    ]
    .into_iter()
    .map(|(name, shape, aliases)| {
        let mut s = Map::new();
        s.insert("$schema".into(), json!("https://json-schema.org/draft/2020-12/schema"));
        s.insert("title".into(), json!(lang.pick(shape.vi, shape.en)));
        if let Value::Object(body) = mapping(shape, lang, aliases) {
            s.extend(body);
        }
        (name, Value::Object(s))
    })
    .collect()
}

fn mapping(shape: &Shape, lang: Lang, aliases: bool) -> Value {
    let mut properties = Map::new();
    let mut required = vec![];
    let mut either = vec![];
    for k in shape.keys {
        let mut v = of(&k.ty, lang, aliases);
        if let Value::Object(o) = &mut v {
            o.insert("description".into(), json!(lang.pick(k.vi, k.en)));
        }
        let alias = if aliases && !k.alias.is_empty() && k.alias != k.name { Some(k.alias) } else { None };
        if let Some(a) = alias {
            properties.insert(a.into(), v.clone());
        }
        properties.insert(k.name.into(), v);
        match (k.required, alias) {
            (true, None) => required.push(k.name),
            (true, Some(a)) => either.push(json!({"oneOf": [{"required": [k.name]}, {"required": [a]}]})),
            (false, _) => {}
        }
    }
    let mut out = Map::new();
    out.insert("type".into(), json!("object"));
    out.insert("properties".into(), Value::Object(properties));
    if !required.is_empty() {
        out.insert("required".into(), json!(required));
    }
    if !either.is_empty() {
        out.insert("allOf".into(), json!(either));
    }
    if !shape.open {
        out.insert("additionalProperties".into(), json!(false));
    }
    Value::Object(out)
}

fn of(ty: &Type, lang: Lang, aliases: bool) -> Value {
    match ty {
        Type::Text => json!({"type": "string", "minLength": 1}),
        Type::Code => json!({"type": ["string", "integer"]}),
        Type::Id => json!({"type": "string", "pattern": "^[a-z0-9][a-z0-9._-]{0,99}$"}),
        Type::Bool => json!({"type": "boolean"}),
        Type::Int(low, high) => json!({"type": "integer", "minimum": low, "maximum": high}),
        Type::Value(v) => {
            let types = if v.digits { json!(["string", "number"]) } else { json!("string") };
            let mut o = json!({"type": types});
            if let (Some(p), Value::Object(m)) = (v.pattern, &mut o) {
                m.insert("pattern".into(), json!(p));
            }
            o
        }
        Type::Enum(words) => {
            let all: Vec<&str> =
                words.iter().flat_map(|w| std::iter::once(w.name).chain(w.vi.iter().copied())).collect();
            json!({"type": "string", "enum": all})
        }
        Type::List(item) => {
            let one = of(item, lang, aliases);
            json!({"anyOf": [{"type": "array", "items": one}, one]})
        }
        Type::One(shape) => mapping(shape, lang, aliases),
        Type::Entries(item) => json!({
            "type": "object",
            "propertyNames": {"pattern": "^[a-z0-9][a-z0-9._-]{0,99}$"},
            "additionalProperties": of(item, lang, aliases),
        }),
        Type::Keyed(_, item) => json!({"type": "object", "additionalProperties": of(item, lang, aliases)}),
        Type::Either(a, b) => json!({"anyOf": [of(a, lang, aliases), of(b, lang, aliases)]}),
        Type::Any => json!({}),
    }
}
