//! The witness checker: a second opinion on every claim, before anyone sees it.
//!
//! It shares nothing with the engines but the recorded operations: its own reader ([`Recording`]), its own
//! state machine, its own idea of which write a read saw. It believes no claim and looks for no proof; it
//! replays the schedule it is given and says why it fails.
//!
//! A schedule is accepted if and only if it is a *correct reordering* of a part of the recording: every thread
//! runs a prefix of what it ran; every hard edge is kept; locks exclude; every read sees the write it saw, or
//! the initial value. (The notion is that of Şerbănuţă, Chen and Roşu, "Maximal causal models for
//! sequentially consistent systems", RV 2012, as used by Mathur, Pavlogiannis and Viswanathan, POPL 2021.)
//! Then what the claim says must be enabled at its end. Costs are linear in the schedule, and of many
//! schedules in what each does not share with the one before.

mod claim;
mod locks;
mod recording;
mod rejected;
mod replay;
mod sharing;
mod std_text;

pub use claim::{Claim, LostUpdate, accept_all, deadlock, lost_update, race};
pub use recording::Recording;
pub use rejected::Rejected;
pub use replay::replay;
pub use std_text::Unreadable;
