//! The pages, one folder each, with the parts only they use.

pub mod dashboard;
pub mod not_found;
pub mod trace;
pub mod traces;
