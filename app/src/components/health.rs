//! How a service does: a mark of its own shape and a word, never a colour alone. The server decides which.

use leptos::prelude::*;

use crate::erase::{Erase, Html};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Health {
    Healthy,
    Warning,
    Critical,
}

impl Health {
    /// Of the server's word; one that is not known yet deserves a look.
    pub fn read(word: &str) -> Self {
        match word {
            "healthy" => Self::Healthy,
            "critical" => Self::Critical,
            _ => Self::Warning,
        }
    }

    pub const fn word(self) -> &'static str {
        match self {
            Self::Healthy => "healthy",
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }

    pub fn view(self) -> Html {
        view! { <span class="severity" data-severity=self.word()>{self.word()}</span> }.erase()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worse_is_the_greater_and_words_are_read_back() {
        assert!(Health::Critical > Health::Warning && Health::Warning > Health::Healthy);
        for health in [Health::Healthy, Health::Warning, Health::Critical] {
            assert_eq!(Health::read(health.word()), health);
        }
        assert_eq!(Health::read("on fire"), Health::Warning);
    }
}
