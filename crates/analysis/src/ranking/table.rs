//! Two by two: how traces with something and without it divide.

use serde::{Deserialize, Serialize};

/// In traces.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    /// Slow or failed ones with the candidate, and all of them.
    pub suspects_with: u64,
    pub suspects: u64,
    /// The others with the candidate, and all of them.
    pub others_with: u64,
    pub others: u64,
}

impl Table {
    /// Dunning's log-likelihood ratio G-squared of suspects and others having the candidate equally often; 0
    /// when the suspects do not have it more often. Asymptotically chi-squared with one degree of freedom.
    pub fn g_squared(&self) -> f64 {
        let Self { suspects_with, suspects, others_with, others } = *self;
        let share = |with: u64, of: u64| with as f64 / of.max(1) as f64;
        if share(suspects_with, suspects) <= share(others_with, others) {
            return 0.0;
        }
        let all = (suspects + others) as f64;
        let with = (suspects_with + others_with) as f64;
        let cells = [
            (suspects_with, suspects as f64 * with / all),
            (suspects.saturating_sub(suspects_with), suspects as f64 * (all - with) / all),
            (others_with, others as f64 * with / all),
            (others.saturating_sub(others_with), others as f64 * (all - with) / all),
        ];
        // A cell nothing is in adds nothing.
        let terms = cells.iter().filter(|(seen, _)| *seen > 0).map(|&(seen, expected)| {
            let seen = seen as f64;
            seen * (seen / expected).ln()
        });
        (2.0 * terms.sum::<f64>()).max(0.0)
    }

    /// At least the chance that one of `n_tested` candidates that mean nothing reaches `g_squared`: the tail of
    /// chi-squared with one degree of freedom is below exp(-x / 2), times as many as were tested (Bonferroni).
    pub fn chance(g_squared: f64, n_tested: usize) -> f64 {
        ((-g_squared / 2.0).exp() * n_tested as f64).min(1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ratio_is_that_of_a_worked_table() {
        // 10 of 15 against 5 of 15, by hand: 2 * (10 ln(10/7.5) + 5 ln(5/7.5) + 5 ln(5/7.5) + 10 ln(10/7.5)).
        let table = Table { suspects_with: 10, suspects: 15, others_with: 5, others: 15 };
        let by_hand = 2.0 * (20.0 * (10.0_f64 / 7.5).ln() + 10.0 * (5.0_f64 / 7.5).ln());
        assert!((table.g_squared() - by_hand).abs() < 1e-12);
    }

    #[test]
    fn what_suspects_have_no_more_often_explains_nothing() {
        let table = |suspects_with, others_with| Table { suspects_with, suspects: 10, others_with, others: 100 };
        assert_eq!(table(1, 10).g_squared(), 0.0);
        assert_eq!(table(0, 50).g_squared(), 0.0);
        assert_eq!(table(10, 100).g_squared(), 0.0);
        assert_eq!(Table::default().g_squared(), 0.0);
        assert!(table(10, 0).g_squared() > table(9, 0).g_squared());
    }

    #[test]
    fn chance_grows_with_what_was_tested_and_ends_at_one() {
        assert!(Table::chance(30.0, 1) < Table::chance(30.0, 1000));
        assert_eq!(Table::chance(0.0, 5), 1.0);
        // P(chi-squared > 3.841) is 0.05: the bound lies above it.
        assert!(Table::chance(3.841, 1) > 0.05);
    }
}
