//! Which of the twelve service hues a name gets: the same on every page and in every session.

/// Hues of equal lightness in the style sheet, `data-hue="0"` to `"11"`.
pub const HUES: u8 = 12;

/// The hue that a service would like, by a stable hash of its name (FNV-1a, 64 bits).
pub fn of(service: &str) -> u8 {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for byte in service.bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    // Below HUES, so it fits.
    ((hash ^ (hash >> 32)) % u64::from(HUES)) as u8
}

/// Hues of the services of one trace, distinct as long as there are enough: who comes later and finds
/// its hue taken gets the next free one. `services` in a stable order (by name).
pub fn palette<'a>(services: impl IntoIterator<Item = &'a str>) -> Vec<(String, u8)> {
    let mut taken = [false; HUES as usize];
    let mut palette = Vec::new();
    for service in services {
        let wanted = of(service);
        let hue = (0..HUES).map(|step| (wanted + step) % HUES).find(|&hue| !taken[usize::from(hue)]).unwrap_or(wanted);
        taken[usize::from(hue)] = true;
        palette.push((service.to_owned(), hue));
    }
    palette
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_name_keeps_its_hue_for_ever() {
        assert_eq!([of("accounts"), of("gateway"), of("ledger")], [of("accounts"), of("gateway"), of("ledger")]);
        assert_eq!(of(""), ((0xcbf2_9ce4_8422_2325u64 ^ (0xcbf2_9ce4_8422_2325u64 >> 32)) % 12) as u8);
    }

    proptest! {
        #[test]
        fn up_to_twelve_services_of_a_trace_differ(names in proptest::collection::btree_set("[a-z]{1,8}", 1..=12)) {
            let hues: std::collections::BTreeSet<u8> = palette(names.iter().map(String::as_str)).into_iter().map(|(_, hue)| hue).collect();
            prop_assert_eq!(hues.len(), names.len());
        }

        #[test]
        fn hues_are_in_range(name in ".{0,30}") {
            prop_assert!(of(&name) < HUES);
        }
    }
}
