//! The reachability engines against all correct reorderings of small histories, and against known answers.

#[path = "reach/brute_force.rs"]
mod brute_force;
#[path = "reach/known_answers.rs"]
mod known_answers;
#[path = "reach/random_histories.rs"]
mod random_histories;
