//! What is wrong with the bytes of a block.

use std::fmt;

/// A separately stored part of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Section {
    Ids,
    Columns,
    Payload,
}

impl fmt::Display for Section {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ids => "ids",
            Self::Columns => "columns",
            Self::Payload => "payload",
        })
    }
}

/// What is wrong with a section.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Another section, another version, or no section at all.
    #[error("does not begin as one of a known version")]
    Version,
    #[error("ends too early")]
    Short,
    #[error("does not match its checksum")]
    Checksum,
    #[error("holds values that no encoder writes")]
    Malformed,
    /// It declares, or the table would reach, a size beyond the caps.
    #[error("is larger than a block can be")]
    TooLarge,
    #[error("belongs to another block")]
    Mismatch,
    #[error("does not have the rows that were asked for")]
    Range,
}

/// A block, or a part of one, cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the {section} section of a block {fault}")]
pub struct BlockError {
    pub section: Section,
    pub fault: Fault,
}
