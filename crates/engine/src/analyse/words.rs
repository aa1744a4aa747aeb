//! What the engines number, in the words of those who recorded it.

use analysis::causal::Owner;
use analysis::{OpIdx, VarId};

use super::Analysable;

/// Values are cut after so many characters.
const VALUE_CHARS: usize = 200;

/// `file:line` as recorded; empty when there is none.
pub(crate) fn location(trace: &Analysable, op: OpIdx) -> String {
    let history = &trace.recorded.history;
    let location = history.locations[history.ops[op as usize].location as usize].as_str();
    // Where no place was recorded, the operation stands for it.
    if location == trace.table.text(trace.row(op).operation) { String::new() } else { location.to_owned() }
}

/// Whose memory a variable is.
pub(crate) fn owner(trace: &Analysable, variable: VarId) -> String {
    let scope = |scope: u32| &trace.recorded.scopes[scope as usize];
    match trace.recorded.variable_owners[variable as usize] {
        Owner::Everywhere => "everywhere".to_owned(),
        Owner::Service(of) => scope(of).service.clone(),
        Owner::Scope(of) => {
            let scope = scope(of);
            let mut text = scope.service.clone();
            for part in [scope.instance.clone(), format!("process {}", scope.process_id)] {
                if !part.is_empty() {
                    text.push_str(", ");
                    text.push_str(&part);
                }
            }
            text
        }
    }
}

/// A JSON text, cut to what is shown beside others.
pub(crate) fn value(json: &str) -> String {
    match json.char_indices().nth(VALUE_CHARS) {
        Some((end, _)) => format!("{}…", &json[..end]),
        None => json.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_values_are_cut_between_characters() {
        assert_eq!(value("12"), "12");
        let long = "é".repeat(VALUE_CHARS + 1);
        assert_eq!(value(&long).chars().count(), VALUE_CHARS + 1);
        assert!(value(&long).ends_with('…'));
    }
}
