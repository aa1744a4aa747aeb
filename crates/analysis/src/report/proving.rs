//! What the parts of the answer that prove something are made of.

use crate::cancel::Cancel;
use crate::chains::Chains;
use crate::check;
use crate::history::History;
use crate::races::Input;
use crate::reach::Reach;
use crate::report::options::Options;

/// One history, what it was prepared into, and what is asked of it.
#[derive(Clone, Copy)]
pub struct Proving<'a> {
    pub history: &'a History,
    /// Of that history, as the engines look at it.
    pub chains: &'a Chains<'a>,
    /// Of the chains: what it proves has to be expanded.
    pub reach: &'a Reach<'a>,
    /// Of the history.
    pub recording: &'a check::Recording,
    pub options: &'a Options,
    pub cancel: &'a Cancel,
}

impl<'a> Proving<'a> {
    /// Of the chains.
    pub fn input(&self) -> Input<'a> {
        Input { history: self.chains.history(), sections: self.reach.sections(), reads_from: self.reach.writers() }
    }
}
