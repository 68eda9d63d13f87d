//! Messages in counted chunks (BDAT, RFC 3030), and chunks at the wrong time.
use std::time::Duration;

use sebar_domain::Reply;
use sebar_smtp::server::{Answer, AuthPolicy, Config};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::common::{Keep, Running, SHORT, with_auth};

const ENVELOPE: &str = "MAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\n";

fn config() -> Config {
    Config::new("relay.test")
}

/// Says `text` in pieces of `step` octets, and hears all until the server closes.
async fn converse(server: &Running, text: &str, step: usize) -> String {
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let (mut reading, mut writing) = stream.split();
    let mut heard = String::new();
    let say = async {
        for piece in text.as_bytes().chunks(step) {
            // The server may have hung up.
            if writing.write_all(piece).await.is_err() {
                break;
            }
            tokio::task::yield_now().await;
        }
    };
    let ((), read) = tokio::join!(say, reading.read_to_string(&mut heard));
    read.unwrap();
    heard
}

/// The codes of all replies behind the one to EHLO, in one word each.
fn codes(heard: &str) -> Vec<&str> {
    let last = heard.lines().filter(|line| line.as_bytes().get(3) == Some(&b' '));
    last.map(|line| &line[..3]).skip(2).collect()
}

/// A whole conversation with pipelined commands: what is answered to them, and what was received.
async fn play(config: Config, commands: &str) -> (Vec<String>, Vec<Vec<u8>>) {
    let mut seen = None;
    for step in [1, 7, usize::MAX] {
        let server = Running::start(config.clone(), Keep::default()).await;
        let heard = converse(&server, &format!("EHLO a\r\n{commands}QUIT\r\n"), step).await;
        assert!(heard.contains("250-CHUNKING\r\n") && !heard.contains("BINARYMIME"), "{heard}");
        let received = server.handler.messages().iter().map(|message| message.data.to_vec()).collect();
        let now = (codes(&heard).into_iter().map(str::to_owned).collect(), received);
        assert!(
            seen.is_none_or(|before| before == now),
            "pieces of {step} octets make a difference: {heard}"
        );
        seen = Some(now);
    }
    seen.unwrap()
}

fn chunk(text: &str) -> String {
    format!("BDAT {}\r\n{text}", text.len())
}

fn last(text: &str) -> String {
    format!("bdat {} last\r\n{text}", text.len())
}

#[tokio::test]
async fn a_message_comes_in_chunks_and_its_dots_stay() {
    let first = [chunk("..dot\r"), chunk(""), chunk("\n.\r\n.\r"), last("\nQUIT\r\n")].concat();
    let second = [chunk("e"), chunk("nd"), last("")].concat();
    let (codes, received) = play(config(), &[ENVELOPE, &first, ENVELOPE, &second].concat()).await;
    assert_eq!(codes, [&["250"; 11][..], &["221"]].concat());
    assert_eq!(received, [&b"..dot\r\n.\r\n.\r\nQUIT\r\n"[..], b"end\r\n"], "the last line gets an end");
    let (codes, received) = play(config(), &[ENVELOPE, &chunk(""), &last("")].concat()).await;
    assert_eq!((codes.len(), received), (5, vec![vec![]]));
}

#[tokio::test]
async fn line_ends_are_judged_as_by_data_also_across_chunks() {
    for pieces in [
        &["First\n.\nxy\r\n"][..],
        &["First", "\n.\r\nxy\r\n"],
        &["First\r", ".\r\n"],
        &["First\r\n.\r", "\r\n"],
        &["First\r"],
        &["\n", ""],
    ] {
        let (end, before) = pieces.split_last().unwrap();
        let chunks = before.iter().map(|piece| chunk(piece)).collect::<String>() + &last(end);
        let (codes, received) = play(config(), &format!("{ENVELOPE}{chunks}")).await;
        assert_eq!(codes[codes.len() - 2], "554", "{pieces:?}");
        assert!(received.is_empty());
        let kept = Config { keep_bare_newlines: true, ..config() };
        let (_, received) = play(kept, &format!("{ENVELOPE}{chunks}")).await;
        assert!(received[0].starts_with(pieces.concat().as_bytes()), "{pieces:?}");
    }
}

#[tokio::test]
async fn what_is_too_much_is_read_and_thrown_away() {
    let config = Config { max_message_size: 10, ..config() };
    let evil = last("MAIL FROM:<>\r\nRCPT TO:<evil@b.example>\r\nDATA\r\n.\r\n");
    let split = [chunk("012345"), chunk("NOOP\r"), last("NOOP\r\n")].concat();
    for (chunks, expected) in [
        (evil, &["552"][..]),
        (last("01234567\r\n"), &["250"]),
        (last("012345678\r\n"), &["552"]),
        // Together too much; the chunk behind it is of no transaction any more.
        (split, &["250", "552", "503"]),
    ] {
        let (codes, received) = play(config.clone(), &format!("{ENVELOPE}{chunks}{ENVELOPE}RSET\r\n")).await;
        let wanted = [&["250", "250"], expected, &["250", "250", "250", "221"]].concat();
        assert_eq!(codes, wanted, "{chunks:?}");
        assert_eq!(received.len(), usize::from(expected == ["250"]));
    }
}

#[tokio::test]
async fn more_than_anybody_could_send_is_waited_for_no_longer_than_other_words() {
    for octets in ["99999999999", "18446744073709551616999"] {
        let server = Running::start(Config { idle_timeout: SHORT, ..config() }, Keep::default()).await;
        let text = format!("EHLO a\r\n{ENVELOPE}BDAT {octets} LAST\r\nNOOP\r\n");
        let heard = converse(&server, &text, usize::MAX).await;
        assert!(heard.ends_with("421 4.4.2 Idle for too long\r\n"), "{heard}");
        assert_eq!(codes(&heard), ["250", "250", "421"], "the NOOP was of the chunk");
    }
    let short = Config { session_timeout: SHORT, idle_timeout: Duration::from_mins(1), ..config() };
    let server = Running::start(short, Keep::default()).await;
    let heard = converse(&server, &format!("EHLO a\r\n{ENVELOPE}BDAT 100\r\nHalo"), usize::MAX).await;
    assert!(heard.ends_with("421 4.4.2 Session too long, please connect again\r\n"), "{heard}");
}

#[tokio::test]
async fn chunks_at_the_wrong_time_are_refused_and_never_taken_for_commands() {
    let evil = last("MAIL FROM:<>\r\n");
    for (commands, expected) in [
        (evil.clone(), &["503"][..]),
        (format!("MAIL FROM:<>\r\n{evil}"), &["250", "503"]),
        (format!("RCPT TO:<a@b.example>\r\n{evil}"), &["503", "503"]),
        // After RSET, or after the last chunk, there is nothing to add to.
        (format!("{ENVELOPE}{}RSET\r\n{evil}", chunk("ab")), &["250", "250", "250", "250", "503"]),
        (format!("{ENVELOPE}{}{evil}", last("ab\r\n")), &["250", "250", "250", "503"]),
        // No recipients come between chunks, no other message, and no DATA, which ends it all.
        (
            format!("{ENVELOPE}{}RCPT TO:<e@f.example>\r\n{}", chunk("ab"), last("\r\n")),
            &["250", "250", "250", "503", "250"],
        ),
        (
            format!("{ENVELOPE}{}MAIL FROM:<>\r\n{}", chunk("ab"), last("\r\n")),
            &["250", "250", "250", "503", "250"],
        ),
        (format!("{ENVELOPE}{}DATA\r\n{evil}", chunk("ab")), &["250", "250", "250", "503", "503"]),
    ] {
        // None of it is left for the next message.
        let (codes, _) = play(config(), &format!("{commands}{ENVELOPE}RSET\r\n")).await;
        assert_eq!(codes, [expected, &["250", "250", "250", "221"]].concat(), "{commands:?}");
    }
    // DATA first, and BDAT behind it, is all text of the message.
    let (codes, received) =
        play(config(), &format!("{ENVELOPE}DATA\r\nBDAT 5 LAST\r\n.\r\n{ENVELOPE}BDAT 2 LAST\r\n\r\n")).await;
    assert_eq!(codes, ["250", "250", "354", "250", "250", "250", "250", "221"]);
    assert_eq!(received, [&b"BDAT 5 LAST\r\n"[..], b"\r\n"]);
}

#[tokio::test]
async fn who_does_not_say_how_much_follows_is_sent_away() {
    for argument in ["", " LAST", " -5", " five LAST", " 5 LATE", " 5 LAST LAST", " 0x5", " 5,5"] {
        let (codes, received) =
            play(config(), &format!("{ENVELOPE}BDAT{argument}\r\nDATA\r\nHalo\r\n.\r\n")).await;
        assert_eq!(codes, ["250", "250", "501", "421"], "{argument:?}");
        assert!(received.is_empty());
    }
}

#[tokio::test]
async fn a_message_that_the_handler_does_not_want_is_refused_behind_its_last_chunk() {
    let refuse_message = Some(Answer::Reply(Reply { code: 451, enhanced: None, text: "Not now".to_owned() }));
    let server = Running::start(config(), Keep { refuse_message, ..Keep::default() }).await;
    let text = format!("EHLO a\r\n{ENVELOPE}BDAT 2\r\nabBDAT 2 LAST\r\n\r\n{ENVELOPE}QUIT\r\n");
    let heard = converse(&server, &text, usize::MAX).await;
    assert_eq!(codes(&heard), ["250", "250", "250", "451", "250", "250", "221"]);
}

#[tokio::test]
async fn chunks_of_one_who_has_not_logged_in_are_thrown_away() {
    let server = Running::start(with_auth(AuthPolicy::Required), Keep::default()).await;
    let heard =
        converse(&server, &format!("EHLO a\r\nMAIL FROM:<>\r\n{}QUIT\r\n", last("QUIT\r\n")), 1).await;
    assert_eq!(codes(&heard), ["530", "503", "221"]);
}
