//! The values of an access as they were sent, for people.

use model::table::{EventRow, EventTable};
use model::wire::Payload;
use serde::Deserialize;
use serde_json::value::RawValue;

/// JSON texts of an access.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Values<'a> {
    /// What a write replaced, as its client saw it.
    pub old: Option<&'a str>,
    /// What a write wrote, or a read saw.
    pub new: Option<&'a str>,
}

/// The values of an event's access; none when it is no access. O(payload).
pub fn values<'a>(table: &'a EventTable, row: &EventRow) -> Values<'a> {
    #[derive(Deserialize)]
    struct Fields<'a> {
        #[serde(borrow)]
        old_value: Option<&'a RawValue>,
        #[serde(borrow)]
        new_value: Option<&'a RawValue>,
    }
    if !row.kind.is_access() {
        return Values::default();
    }
    let body = Payload::decode(table.payload(row)).map_or("{}", |payload| payload.body);
    serde_json::from_str::<Fields<'a>>(body)
        .map(|fields| Values { old: fields.old_value.map(RawValue::get), new: fields.new_value.map(RawValue::get) })
        .unwrap_or_default()
}
