use super::*;

fn read(text: &str) -> Result<Config, String> {
    let mut config = Config::default();
    match config.read_toml(text, Path::new("raceway.toml")) {
        Ok(()) => Ok(config),
        Err(error) => Err(error.to_string()),
    }
}

#[test]
fn the_annotated_file_says_the_defaults_and_every_key() {
    let text = include_str!("../../raceway.toml");
    assert_eq!(read(text), Ok(Config::default()));
    for key in KEYS {
        assert!(text.contains(&format!("{} = ", key.name)), "{}.{} is not explained", key.section, key.name);
    }
}

#[test]
fn what_is_shown_reads_back_as_the_same() {
    let text = "[server]\nlisten = \"[::1]:0\"\nrequest_timeout_s = 7\nbody_limit_bytes = \"1 MiB\"\nallowed_origins = [\"https://a.example\"]\n\
        allowed_hosts = [\"b.example\"]\n[storage]\ndata_dir = \"/tmp/\\\"x\\\"\"\nqueue_wait_s = 0\n[cache]\nenabled = false\n[anomalies]\nminor = 5\nwarning = 7\ncritical = 11\n[log]\nfilter = \"warn\"\n";
    let config = read(text).expect("a good file");
    assert_eq!((config.server.host.as_str(), config.server.port), ("::1", 0));
    assert_eq!(config.server.body_limit_bytes, 1 << 20);
    assert_ne!(config, Config::default());
    assert_eq!(read(&config.to_string()), Ok(config));
}

#[test]
fn a_bad_file_is_one_line_that_names_the_key_and_what_is_allowed() {
    for (text, says) in [
        (
            "[server]\nport = 70000",
            "raceway.toml: server.port is 70000; expected a whole number from 0 (any free port) to 65535",
        ),
        ("[server]\nport = \"x\"", "raceway.toml: server.port is \"x\"; expected"),
        ("[server]\nprot = 1", "raceway.toml: there is no key server.prot; allowed are host, port, listen"),
        (
            "[sever]\nport = 1",
            "raceway.toml: there is no section [sever]; allowed are [server], [storage], [cache], [analysis], [anomalies], [log]",
        ),
        ("port = 1", "raceway.toml: there is no section [port]"),
        ("server = 1", "raceway.toml: there is no section [server]"),
        ("[server]\nlisten = \"127.0.0.1\"", "server.listen is \"127.0.0.1\"; expected an address with a port"),
        ("[server]\nlisten = \"a:1\"\nport = 2", "keep one of them"),
        ("[server]\nrequest_timeout_s = 0", "seconds from 1 to 3600"),
        ("[server]\nbody_limit_bytes = \"20 MB\"", "server.body_limit_bytes is \"20 MB\"; expected bytes"),
        ("[server]\nallowed_origins = [\"example.org\"]", "a list of origins"),
        ("[server]\nallowed_hosts = \"example.org\"", "a list of host names"),
        ("[storage]\nqueue_bytes = -1", "storage.queue_bytes is -1"),
        ("[cache]\nenabled = 1", "expected true or false"),
        ("[anomalies]\nminor = 0", "anomalies.minor is 0; expected a whole number of robust"),
        ("[log]\nfilter = \"raceway=loud\"", "log.filter is"),
        ("[server]\nport = 1\nport = 2", "raceway.toml:3: "),
        ("[server\n", "raceway.toml:1: "),
    ] {
        let error = read(text).expect_err(text);
        assert!(error.contains(says), "{text:?} says {error:?}");
        assert!(!error.contains('\n'), "{error:?}");
    }
}

#[test]
fn variables_overlay_the_file_and_options_overlay_both() {
    let mut config =
        read("[server]\nhost = \"a.example\"\nport = 1\n[storage]\nqueue_bytes = 2000000").expect("a good file");
    let variables =
        [("RACEWAY_SERVER_PORT", "2"), ("RACEWAY_STORAGE_QUEUE_BYTES", "3 MiB"), ("RACEWAY_CACHE_ENABLED", "false")];
    let find = |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, text)| (*text).to_owned());
    config.read_variables(find).expect("good variables");
    assert_eq!((config.server.host.as_str(), config.server.port), ("a.example", 2));
    assert_eq!((config.storage.queue_bytes, config.cache.enabled), (3 << 20, false));

    let args = ConfigArgs { listen: Some("localhost:3".into()), data: Some("elsewhere".into()), config: None };
    config.read_args(&args).expect("good options");
    assert_eq!((config.server.host.as_str(), config.server.port), ("localhost", 3));
    assert_eq!(config.storage.data_dir, Path::new("elsewhere"));
}

#[test]
fn a_bad_variable_or_option_is_named() {
    let mut config = Config::default();
    let error =
        config.read_variables(|name| (name == "RACEWAY_CACHE_ENABLED").then(|| "maybe".into())).expect_err("bad");
    assert_eq!(
        error.to_string(),
        "the environment (RACEWAY_CACHE_ENABLED): cache.enabled is maybe; expected true or false"
    );
    let error =
        config.read_args(&ConfigArgs { listen: Some("8080".into()), ..ConfigArgs::default() }).expect_err("bad");
    assert!(error.to_string().starts_with("--listen (RACEWAY_LISTEN): server.listen is 8080; expected"), "{error}");
}

#[test]
fn a_file_that_was_named_must_exist() {
    let args = ConfigArgs { config: Some("/nowhere/raceway.toml".into()), ..ConfigArgs::default() };
    let error = Config::load(&args).expect_err("no such file");
    assert!(error.to_string().starts_with("/nowhere/raceway.toml cannot be read"), "{error}");
}
