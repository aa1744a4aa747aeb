use super::*;
use proptest::prelude::*;

const MILLION: u64 = 1_000_000;

#[test]
fn short_lists_scroll_like_any_other_element() {
    let mut list = Scroller::new(10_000, 700.0);
    assert_eq!(list.spacer_px(), 280_000.0);
    assert_eq!(list.scrolled(28.0 * 500.0 + 3.0, Gesture::Other), None);
    assert_eq!(list.position(), Position { row: 500, offset_px: 3.0 });
    assert_eq!(list.row_top_px(500), 14_000.0);
    assert_eq!(list.visible(), 500..526);
}

#[test]
fn the_ends_of_five_million_rows_are_reached_by_dragging() {
    let mut list = Scroller::new(5 * MILLION, 700.0);
    assert_eq!(list.spacer_px(), MAX_SPACER_PX);
    list.scrolled(MAX_SPACER_PX - 700.0, Gesture::Other);
    assert_eq!(list.visible().end, 5 * MILLION);
    assert_eq!(list.row_top_px(5 * MILLION - 1) + ROW_PX, MAX_SPACER_PX, "the last row ends where the content ends");
    list.scrolled(0.0, Gesture::Other);
    assert_eq!(list.position(), Position::default());
}

#[test]
fn dragging_to_the_middle_shows_the_middle() {
    let mut list = Scroller::new(5 * MILLION, 700.0);
    list.scrolled((MAX_SPACER_PX - 700.0) / 2.0, Gesture::Other);
    assert!(list.position().row.abs_diff(5 * MILLION / 2) < 30, "{:?}", list.position());
}

#[test]
fn a_wheel_moves_a_long_list_pixel_by_pixel_and_rows_stay_in_place() {
    let mut list = Scroller::new(5 * MILLION, 700.0);
    list.centre(2 * MILLION);
    let before = (list.row_top_px(2 * MILLION), list.position().list_px());
    let scroll_px = list.scroll_px() + 100.0;
    assert_eq!(list.scrolled(scroll_px, Gesture::Other), None);
    assert_eq!(list.row_top_px(2 * MILLION), before.0, "drawn where it was: the browser moves it");
    assert!((list.position().list_px() - before.1 - 100.0).abs() < 1e-6);
}

#[test]
fn putting_the_scrollbar_right_moves_nothing_on_screen() {
    let mut list = Scroller::new(5 * MILLION, 700.0);
    list.centre(2 * MILLION);
    for _ in 0..200 {
        let scroll_px = list.scroll_px() + 100.0;
        list.scrolled(scroll_px, Gesture::Wheel);
    }
    let on_screen = list.row_top_px(2 * MILLION) - list.scroll_px();
    let scroll_px = list.settle().expect("the scrollbar ran ahead of the list");
    assert!((list.row_top_px(2 * MILLION) - scroll_px - on_screen).abs() < 1e-6);
    assert_eq!(list.settle(), None);
}

#[test]
fn a_row_is_revealed_with_the_least_movement() {
    let mut list = Scroller::new(MILLION, 280.0);
    list.reveal(500_000);
    assert_eq!(list.visible().end, 500_001);
    list.reveal(500_000 - 5);
    assert_eq!(list.visible().end, 500_001, "seen already");
    list.reveal(499_000);
    assert_eq!(list.position(), Position { row: 499_000, offset_px: 0.0 });
}

#[test]
fn a_list_that_became_shorter_shows_its_end() {
    let mut list = Scroller::new(MILLION, 280.0);
    list.reveal(MILLION - 1);
    list.set_rows(20);
    assert_eq!(list.visible(), 10..20);
    list.set_rows(3);
    assert_eq!(list.visible(), 0..3);
    list.set_rows(0);
    assert_eq!(list.visible(), 0..0);
    assert_eq!(list.drawn(), 0..0);
}

#[test]
fn never_more_than_sixty_row_elements_on_usual_screens() {
    for viewport in [100.0, 700.0, 1_000.0, 1_400.0, 1_600.0] {
        assert!(Scroller::new(MILLION, viewport).slots() <= MAX_SLOTS, "{viewport}");
    }
    let tall = Scroller::new(MILLION, 2_800.0);
    assert!(tall.slots() >= 101, "a very high window still shows every row");
}

#[derive(Debug, Clone)]
enum Step {
    Wheel(f64),
    Drag(f64),
    Reveal(u64),
    Settle,
    Rows(u64),
    Viewport(f64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (-3_000.0..3_000.0f64).prop_map(Step::Wheel),
        2 => (0.0..1.0f64).prop_map(Step::Drag),
        2 => (0u64..6_000_000).prop_map(Step::Reveal),
        1 => Just(Step::Settle),
        1 => prop_oneof![0u64..100, 0u64..6_000_000].prop_map(Step::Rows),
        1 => (28.0..1_500.0f64).prop_map(Step::Viewport),
    ]
}

proptest! {
    #[test]
    fn whatever_is_done_the_visible_rows_are_drawn_in_the_viewport(
        rows in prop_oneof![0u64..2_000, 280_000u64..6_000_000],
        viewport in 28.0..1_500.0f64,
        steps in proptest::collection::vec(step(), 0..60),
    ) {
        let mut list = Scroller::new(rows, viewport);
        for step in steps {
            match step {
                Step::Wheel(px) => {
                    let before = list;
                    let target = (list.scroll_px() + px.round()).clamp(0.0, list.scroll_range());
                    list.scrolled(target, Gesture::Wheel);
                    let moved = list.position().list_px() - before.position().list_px();
                    let wanted = target - before.scroll_px();
                    let at_end = list.position().list_px() <= 0.0 || list.position().list_px() >= list.list_range() - 1e-3;
                    prop_assert!(at_end || (moved - wanted).abs() <= ROUNDING_PX, "{moved} for {wanted}");
                }
                Step::Drag(part) => { list.scrolled(part * list.scroll_range(), Gesture::Other); }
                Step::Reveal(row) => {
                    list.reveal(row);
                    let row = row.min(list.rows().saturating_sub(1));
                    prop_assert!(list.rows() == 0 || list.visible().contains(&row));
                }
                Step::Settle => { list.settle(); prop_assert_eq!(list.settle(), None); }
                Step::Rows(rows) => list.set_rows(rows),
                Step::Viewport(px) => list.set_viewport(px),
            }
            let (visible, drawn) = (list.visible(), list.drawn());
            prop_assert!(drawn.start <= visible.start && visible.end <= drawn.end, "{drawn:?} covers {visible:?}");
            prop_assert!(drawn.end - drawn.start <= list.slots());
            prop_assert!((0.0..=list.scroll_range()).contains(&list.scroll_px()));
            if !visible.is_empty() {
                let top = list.row_top_px(visible.start) - list.scroll_px();
                let bottom = list.row_top_px(visible.end - 1) + ROW_PX - list.scroll_px();
                prop_assert!(top <= 1e-6 && top > -ROW_PX - 1e-6, "first row at {top}");
                let full = list.list_height() >= list.viewport_px;
                prop_assert!(!full || bottom >= list.viewport_px - 1e-3, "last row ends at {bottom} of {}", list.viewport_px);
            }
        }
    }

    #[test]
    fn both_rulers_translate_into_each_other(rows in 285_715u64..6_000_000, viewport in 100.0..1_500.0f64, part in 0.0..=1.0f64) {
        let list = Scroller::new(rows, viewport);
        let list_px = part * list.list_range();
        let scroll_px = list.to_scroll(list_px);
        prop_assert!((0.0..=list.scroll_range() + 1e-6).contains(&scroll_px));
        prop_assert!((list.to_list(scroll_px) - list_px).abs() <= list.scale(), "within a pixel of the scrollbar");
    }
}
