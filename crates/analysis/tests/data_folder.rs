//! The executions with known answers are there, whole, and what the tests' loaders say they are.

mod common;

#[test]
fn every_execution_of_the_repository_has_its_answers() {
    let races = common::races();
    let expected = common::expected_events(&races);
    assert_eq!(expected.len(), common::own_files().len());
    for row in &expected {
        let history = common::read_std(&row.path(&races).expect("its file"));
        for engine in ["HB", "SHB", "SP", "EX"] {
            let pairs = row.pairs_of(engine).expect("its pairs");
            let strange: Vec<_> = pairs.iter().filter(|&&(a, b)| !history.conflict(a, b)).collect();
            assert!(strange.is_empty(), "{} {engine}: {strange:?} are no conflicting pairs", row.file);
        }
    }
}

#[test]
fn the_tables_have_a_row_for_every_execution_and_count_its_operations() {
    let races = common::races();
    for table in ["race-ground-truth.csv", "deadlock-ground-truth.csv"] {
        let rows = common::csv(&races.join(table));
        assert_eq!(rows.len(), common::own_files().len(), "{table}");
        for row in &rows {
            let history = common::read_std(&races.join(&row["suite"]).join(&row["trace"]));
            assert_eq!(history.ops.len().to_string(), row["events"], "{table} {}", row["trace"]);
        }
    }
}

#[test]
fn the_shared_folder_s_executions_are_read_whole() {
    let Some(races) = common::shared("races") else { return };
    let counts = common::csv(&races.join("race-ground-truth.csv"));
    let mut read = 0;
    for row in counts.iter().filter(|row| row["suite"] == "raceinjector-norm") {
        let Some(path) = ["", ".gz"]
            .iter()
            .map(|end| races.join(&row["suite"]).join(row["trace"].clone() + end))
            .find(|path| path.is_file())
        else {
            continue;
        };
        assert_eq!(common::read_std(&path).ops.len().to_string(), row["events"], "{}", row["trace"]);
        read += 1;
    }
    assert_eq!(read, common::std_files(&races.join("raceinjector-norm")).len());
}
