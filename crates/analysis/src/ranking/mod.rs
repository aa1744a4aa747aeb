//! What sets the slow or failed traces of a bad period apart: candidates for the root cause, ranked.
//!
//! A candidate is an operation of a service, alone or with one value of one attribute, and what it did in a
//! trace: it was there, it failed itself, or it took unusually much of the trace's time. Of each a two-by-two
//! table is counted, in traces: the slow or failed ones of the bad period against all others. The statistic is
//! G-squared, the log-likelihood ratio (Dunning: "Accurate methods for the statistics of surprise and
//! coincidence", Computational Linguistics 1993), which holds for rare things too. Comparing a bad period with
//! a good one follows Sambasivan et al.: "Diagnosing performance changes by comparing request flows", NSDI 2011.
//!
//! It finds what goes together with the trouble; that this is its cause, it cannot know.

mod calls;
mod rank;
mod table;

pub use calls::{OwnPart, own_parts};
pub use rank::{CallRecord, Cause, Limits, Ranked, Ranking, Symptom, TraceGroup};
pub use table::Table;
