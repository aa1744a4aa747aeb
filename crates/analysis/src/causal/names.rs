//! Names of variables and locks with what they belong to: one text may name many.

use hashbrown::HashMap;
use model::table::StrId;

use super::contexts::{Contexts, EventIdx};
use super::details::Width;

/// What a variable or a lock belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Owner {
    /// Index into the scopes.
    Scope(u32),
    /// All processes of the service, named by one of its scopes.
    Service(u32),
    Everywhere,
}

/// Dense numbers of names, each in its owner.
#[derive(Default)]
pub(super) struct OwnedNames {
    ids: HashMap<(Width, u32, StrId), u32>,
    /// By number: the text, and its width with the scope (or service) it belongs to.
    names: Vec<(StrId, Width, u32)>,
}

impl OwnedNames {
    pub fn id(&mut self, contexts: &Contexts<'_>, event: EventIdx, width: Width, name: StrId) -> u32 {
        let scope = contexts.context_of(contexts.thread_of[event as usize]).scope;
        let within = match width {
            Width::Scope => scope,
            Width::Service => contexts.services[scope as usize].0,
            Width::Global => 0,
        };
        let next = self.names.len() as u32;
        *self.ids.entry((width, within, name)).or_insert_with(|| {
            self.names.push((name, width, scope));
            next
        })
    }

    pub fn len(&self) -> usize {
        self.names.len()
    }

    pub fn owner(&self, id: u32) -> Owner {
        let (_, width, scope) = self.names[id as usize];
        match width {
            Width::Scope => Owner::Scope(scope),
            Width::Service => Owner::Service(scope),
            Width::Global => Owner::Everywhere,
        }
    }

    /// Texts and owners, by number.
    pub fn iter<'n>(&'n self, contexts: &'n Contexts<'_>) -> impl Iterator<Item = (&'n str, Owner)> {
        (0..self.names.len() as u32).map(|id| (contexts.table.text(self.names[id as usize].0), self.owner(id)))
    }
}
