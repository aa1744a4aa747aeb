//! What happened: one table of kinds for all sources.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! codes {
    ($(#[$meta:meta])* $name:ident { $($(#[$vmeta:meta])* $variant:ident = $code:literal $text:literal,)* }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        #[serde(rename_all = "snake_case")]
        #[repr(u8)]
        pub enum $name { $($(#[$vmeta])* $variant = $code,)* }

        impl $name {
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The stable number in stored columns.
            pub const fn code(self) -> u8 {
                self as u8
            }

            pub const fn from_code(code: u8) -> Option<Self> {
                match code {
                    $($code => Some(Self::$variant),)*
                    _ => None,
                }
            }

            /// The word for people.
            pub const fn label(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)*
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.label())
            }
        }
    };
}

codes! {
    /// What an event did. The numbers are stored: they never change their meaning.
    Kind {
        Custom = 0 "custom",
        Call = 1 "call",
        Request = 2 "request",
        Response = 3 "response",
        Read = 4 "read",
        Write = 5 "write",
        AtomicRead = 6 "atomic read",
        AtomicWrite = 7 "atomic write",
        AtomicRmw = 8 "atomic update",
        Acquire = 9 "acquire",
        Release = 10 "release",
        Spawn = 11 "spawn",
        Join = 12 "join",
        Fence = 13 "fence",
        Query = 14 "query",
        QueryResult = 15 "query result",
        Error = 16 "error",
        Log = 17 "log",
    }
}

codes! {
    /// How it did it: the direction of a request, the mode of a lock, the ordering of an atomic access.
    Mode {
        None = 0 "",
        In = 1 "in",
        Out = 2 "out",
        Exclusive = 3 "exclusive",
        Shared = 4 "shared",
        Relaxed = 5 "relaxed",
        AcquireOrdering = 6 "acquire",
        ReleaseOrdering = 7 "release",
        AcqRel = 8 "acq-rel",
        SeqCst = 9 "seq-cst",
    }
}

impl Kind {
    /// Reads and writes of variables, atomic ones included.
    pub const fn is_access(self) -> bool {
        matches!(self, Self::Read | Self::Write | Self::AtomicRead | Self::AtomicWrite | Self::AtomicRmw)
    }

    pub const fn is_write(self) -> bool {
        matches!(self, Self::Write | Self::AtomicWrite | Self::AtomicRmw)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_name_their_kind_and_nothing_else() {
        for &kind in Kind::ALL {
            assert_eq!(Kind::from_code(kind.code()), Some(kind));
        }
        for &mode in Mode::ALL {
            assert_eq!(Mode::from_code(mode.code()), Some(mode));
        }
        assert_eq!(Kind::from_code(200), None);
        assert_eq!(Mode::from_code(200), None);
    }
}
